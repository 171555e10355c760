/**
 * The access log: one line for each request, written by a thread of its own. Start with {@link
 * dev.limpet.proxy.accesslog.Entry}, which is all that the request path sees of it.
 */
@NullMarked
package dev.limpet.proxy.accesslog;

import org.jspecify.annotations.NullMarked;
