package dev.limpet.proxy.akkahttp;

import akka.http.impl.engine.http2.Http2SubStream;
import akka.http.javadsl.model.ContentType;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpMethod;
import akka.http.javadsl.model.HttpProtocol;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.RequestEntity;
import akka.http.javadsl.model.StatusCode;
import akka.http.scaladsl.model.HttpProtocols$;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request's head as a stream of HTTP/2 begins with it.
 *
 * @param headers those of HTTP/1: with Host and the raw target, without Content-Type and -Length
 * @param contentType null: there is none
 * @param contentLength -1: unknown
 * @param refusal what the client gets instead of a response if the head cannot be taken
 */
record Http2Head(
    HttpMethod method,
    List<HttpHeader> headers,
    @Nullable ContentType contentType,
    long contentLength,
    @Nullable StatusCode refusal) {

  private static final HttpProtocol HTTP_2 = HttpProtocols$.MODULE$.HTTP$div2$u002E0();

  HttpRequest request(Http2SubStream stream) {
    return HttpRequest.create()
        .withProtocol(HTTP_2)
        .withMethod(method)
        .withHeaders(headers)
        .withEntity(entity(stream));
  }

  private RequestEntity entity(Http2SubStream stream) {
    ContentType type = contentType == null ? ContentTypes.NO_CONTENT_TYPE : contentType;
    RequestEntity entity =
        stream.createEntity(contentLength, (akka.http.scaladsl.model.ContentType) type);
    return entity.isChunked() && contentLength > 0
        ? HttpEntities.create(type, contentLength, entity.getDataBytes())
        : entity;
  }
}
