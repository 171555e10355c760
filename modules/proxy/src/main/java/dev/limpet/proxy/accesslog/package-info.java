/**
 * The access log: one line for each request, written by a thread of its own. Start with {@link
 * dev.limpet.proxy.accesslog.AccessLog}.
 */
@NullMarked
package dev.limpet.proxy.accesslog;

import org.jspecify.annotations.NullMarked;
