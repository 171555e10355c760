/**
 * HTTP/1. A connection's bytes pass {@link dev.limpet.http.h1.Http1Bridge} with its strict reader,
 * Akka HTTP's parser ({@link dev.limpet.http.h1.Http1Layer}), and {@link
 * dev.limpet.http.h1.PipelineStage}, which asks the handler one request after the other. The door
 * is {@link dev.limpet.http.h1.Http1Connections}.
 */
@NullMarked
package dev.limpet.http.h1;

import org.jspecify.annotations.NullMarked;
