/**
 * HTTP/2 (RFC 9113). A connection's bytes pass {@link dev.limpet.http.h2.Http2Guard}, Akka HTTP's
 * frame parser, {@link dev.limpet.http.h2.StreamStage}, which holds streams and windows to the
 * rules, Akka HTTP's demultiplexer ({@link dev.limpet.http.h2.Http2Layer} joins them), and {@link
 * dev.limpet.http.h2.MultiplexStage}, which asks the handler requests side by side. The door is
 * {@link dev.limpet.http.h2.Http2Connections}.
 */
@NullMarked
package dev.limpet.http.h2;

import org.jspecify.annotations.NullMarked;
