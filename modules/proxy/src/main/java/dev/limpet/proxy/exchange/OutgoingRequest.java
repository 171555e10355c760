package dev.limpet.proxy.exchange;

import akka.http.javadsl.model.HttpEntity;
import akka.http.javadsl.model.HttpRequest;
import akka.stream.Materializer;
import dev.limpet.http.client.Client;
import dev.limpet.proxy.failure.Failure;
import dev.limpet.proxy.message.Forwarding;
import dev.limpet.proxy.message.Headers;
import dev.limpet.proxy.message.MaxForwards;
import dev.limpet.proxy.message.Routing;
import dev.limpet.proxy.message.Via;
import dev.limpet.proxy.servers.Upstream;
import dev.limpet.proxy.tracing.RequestMarks;
import dev.limpet.proxy.upstream.RequestBodyStage;
import dev.limpet.proxy.upstream.ResponseHandler;
import dev.limpet.proxy.upstream.UpstreamConnection;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpHeadersFactory;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A client's request as a server gets it.
 *
 * @param target as it goes into the request line
 * @param maxBody in bytes, of a body whose length is not known before
 */
record OutgoingRequest(
    HttpRequest request,
    Client client,
    Forwarding forwarding,
    Routing routing,
    RequestMarks marks,
    String target,
    long maxBody,
    Via via,
    Materializer materializer) {

  /** The lines that go in were parsed, strictly. */
  private static final HttpHeadersFactory HEADERS =
      DefaultHttpHeadersFactory.headersFactory().withValidation(false);

  private static final Set<String> IDEMPOTENT =
      Set.of("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE");

  /** Whether it may be sent again, although a server may have acted on it. */
  boolean isRepeatable() {
    return request.entity().isStrict() && IDEMPOTENT.contains(request.method().name());
  }

  /** Whether its body, whose length is known, is longer than it may be. */
  boolean isTooLarge() {
    return request.entity().getContentLengthOption().orElse(0) > maxBody;
  }

  HttpMethod method() {
    return HttpMethod.valueOf(request.method().name());
  }

  /**
   * The header lines for a server of this upstream.
   *
   * @param span the attempt's, or {@code ""}
   */
  HttpHeaders headers(Upstream upstream, String span) {
    HttpHeaders headers = HEADERS.newHeaders();
    Headers.copy(
        request,
        client,
        forwarding,
        marks,
        routing.requested().host(),
        upstream.affinity().hiddenCookie(),
        headers);
    MaxForwards.count(request, headers);
    forwarding.addTo(headers, upstream.settings().forwarded(), routing.requested().host());
    via.addTo(headers);
    marks.addTo(headers, span);
    routing.changeRequest(headers);
    return headers;
  }

  /**
   * Writes it to a server.
   *
   * @param mirror gets a copy
   * @param span the attempt's, or {@code ""}
   * @return the body, if it is under way
   */
  @Nullable OutgoingBody send(
      Upstream upstream,
      @Nullable Mirror mirror,
      UpstreamConnection to,
      String span,
      ResponseHandler answer) {
    HttpHeaders headers = headers(upstream, span);
    if (upstream.affinity().isHandshake(request.method().name(), target)) {
      // The sid in a compressed answer could not be read.
      headers.remove(HttpHeaderNames.ACCEPT_ENCODING);
    }
    if (request.entity() instanceof HttpEntity.Strict strict) {
      to.send(
          new DefaultFullHttpRequest(
              HttpVersion.HTTP_1_1,
              method(),
              target,
              Unpooled.wrappedBuffer(strict.getData().asByteBuffer()),
              headers,
              EmptyHttpHeaders.INSTANCE),
          answer);
      if (mirror != null) {
        mirror.send(strict.getData());
      }
      return null;
    }
    OutgoingBody body =
        new OutgoingBody(request, client, forwarding, maxBody, materializer, mirror);
    RequestBodyStage sink =
        to.sendHead(
            new DefaultHttpRequest(HttpVersion.HTTP_1_1, method(), target, headers),
            body.description(),
            answer);
    if (headers.contains(HttpHeaderNames.EXPECT)) {
      body.sendLater(sink, () -> to.fail(Failure.INTERNAL));
    } else {
      body.send(sink);
    }
    return body;
  }
}
