/**
 * The data plane: takes requests from clients and exchanges them with servers. {@link
 * dev.limpet.proxy.ProxyServer} is its door; a request's way begins in {@link
 * dev.limpet.proxy.exchange.Exchange}.
 */
@NullMarked
package dev.limpet.proxy;

import org.jspecify.annotations.NullMarked;
