/**
 * The marks by which a request is found again: its id, and its place in a trace (W3C Trace
 * Context). Start with {@link dev.limpet.proxy.tracing.RequestMarks}.
 */
@NullMarked
package dev.limpet.proxy.tracing;

import org.jspecify.annotations.NullMarked;
