/**
 * Turns requests and responses into what they are at the other side: routes, header lines, who the
 * client is. Start with {@link dev.limpet.proxy.message.Routing}.
 */
@NullMarked
package dev.limpet.proxy.message;

import org.jspecify.annotations.NullMarked;
