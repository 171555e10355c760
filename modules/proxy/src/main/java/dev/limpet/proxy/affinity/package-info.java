/**
 * Finds out who a client is and which server it belongs to. Start with {@link
 * dev.limpet.proxy.affinity.ClientSession}.
 */
@NullMarked
package dev.limpet.proxy.affinity;

import org.jspecify.annotations.NullMarked;
