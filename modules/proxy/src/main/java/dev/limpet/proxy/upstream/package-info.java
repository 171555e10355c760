/**
 * The hop to a server: pooled HTTP/1.1 connections on Netty's client codec. All of it runs on the
 * event loop that owns it. Start with {@link dev.limpet.proxy.upstream.UpstreamConnection}.
 */
@NullMarked
package dev.limpet.proxy.upstream;

import org.jspecify.annotations.NullMarked;
