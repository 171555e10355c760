package dev.limpet.proxy.exchange;

import akka.http.javadsl.model.HttpEntity;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.RequestEntity;
import akka.stream.Materializer;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import dev.limpet.http.client.Client;
import dev.limpet.http.message.RequestHead;
import dev.limpet.proxy.message.Forwarding;
import dev.limpet.proxy.message.Headers;
import dev.limpet.proxy.message.Trailers;
import dev.limpet.proxy.upstream.RequestBody;
import dev.limpet.proxy.upstream.RequestBodyStage;
import dev.limpet.transport.loop.Loop;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The streamed body of one client's request on its way to a server; on the client's loop. */
final class OutgoingBody {

  /**
   * So long a client that asked for consent waits for a server that gives none, before it sends.
   */
  private static final Duration CONSENT = Duration.ofSeconds(1);

  private final HttpRequest request;
  private final Client client;
  private final Forwarding forwarding;
  private final long limit;
  private final Materializer materializer;
  private final @Nullable Mirror mirror;
  private @Nullable RequestBodyStage withheld;
  private @Nullable RequestBodyStage sent;

  /**
   * @param limit in bytes
   * @param mirror keeps what goes out
   */
  OutgoingBody(
      HttpRequest request,
      Client client,
      Forwarding forwarding,
      long limit,
      Materializer materializer,
      @Nullable Mirror mirror) {
    this.request = request;
    this.client = client;
    this.forwarding = forwarding;
    this.limit = limit;
    this.materializer = materializer;
    this.mirror = mirror;
  }

  RequestBody description() {
    long length =
        Headers.isHttp2(request)
            ? RequestBody.UNKNOWN
            : request.entity().getContentLengthOption().orElse(RequestBody.CHUNKED);
    return new RequestBody(
        length, limit, to -> Trailers.copy(RequestHead.trailers(request), forwarding, to));
  }

  /** Bytes that have gone to the server so far. */
  long written() {
    return sent == null ? 0 : sent.bytes();
  }

  void send(RequestBodyStage sink) {
    sent = sink;
    Source<ByteString, ?> bytes = mirror == null ? bytes() : mirror.of(bytes());
    bytes.to(sink).run(materializer);
  }

  /**
   * Waits for the server's consent (RFC 9110, 10.1.1): until then the client is not asked for the
   * body. Over HTTP/1.1 Akka HTTP tells it to go on when the body is first read.
   *
   * @param end ends the request, should this fail
   */
  void sendLater(RequestBodyStage sink, Runnable end) {
    withheld = sink;
    Loop loop = client.loop();
    loop.schedule(this::consent, CONSENT, loop.faults().in("a request's body", end));
  }

  void consent() {
    RequestBodyStage sink = withheld;
    withheld = null;
    if (sink != null) {
      if (Headers.isHttp2(request)) {
        client.interim().send(100, "Continue", List.of());
      }
      send(sink);
    }
  }

  /** The server has answered, or has gone. */
  void forget() {
    withheld = null;
  }

  private Source<ByteString, ?> bytes() {
    RequestEntity entity = request.entity();
    if (entity instanceof HttpEntity.Chunked chunked && !Headers.isHttp2(request)) {
      return chunked.getChunks().map(part -> part.isLastChunk() ? RequestBody.END : part.data());
    }
    return entity.getDataBytes();
  }
}
