/** Request ids and traces. */
@NullMarked
package dev.limpet.proxy.tracing;

import org.jspecify.annotations.NullMarked;
