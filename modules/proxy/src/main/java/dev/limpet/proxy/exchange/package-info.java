/**
 * One request: the route, the server, the attempts at it, and the response. Start with {@link
 * dev.limpet.proxy.exchange.Exchange}, which shows the whole way.
 */
@NullMarked
package dev.limpet.proxy.exchange;

import org.jspecify.annotations.NullMarked;
