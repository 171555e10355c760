/**
 * The data plane: takes requests from clients and exchanges them with servers. Start with {@link
 * dev.limpet.proxy.Exchange}, which shows a request's whole way.
 */
@NullMarked
package dev.limpet.proxy;

import org.jspecify.annotations.NullMarked;
