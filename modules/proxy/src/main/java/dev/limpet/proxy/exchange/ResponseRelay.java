package dev.limpet.proxy.exchange;

import akka.NotUsed;
import akka.http.javadsl.model.HttpHeader;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import dev.limpet.balancing.Backend;
import dev.limpet.http.client.ExtendedConnect;
import dev.limpet.proxy.failure.Failure;
import dev.limpet.proxy.message.Compressing;
import dev.limpet.proxy.message.Responses;
import dev.limpet.proxy.servers.Slot;
import dev.limpet.proxy.servers.Upstream;
import dev.limpet.transport.tunnel.TunnelEnd;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes the client's response, or tunnel, of what a server has answered. A client may hear of an id
 * only when every node can find it, so the cluster is told of the session first. For the loop of
 * the client's connection.
 */
final class ResponseRelay {

  private final RequestContext context;
  private final ServerSelection selection;
  private final @Nullable RequestLimits limits;

  ResponseRelay(RequestContext context, ServerSelection selection, @Nullable RequestLimits limits) {
    this.context = context;
    this.selection = selection;
    this.limits = limits;
  }

  /**
   * @param moves whether a session that has been elsewhere goes where the answer comes from
   * @param added header lines of our own; null for those that are right when the response leaves
   */
  void answer(
      UpstreamAttempt from,
      HttpResponse head,
      ByteString body,
      HttpHeaders trailers,
      boolean moves,
      @Nullable List<HttpHeader> added) {
    CompletionStage<?> learned = learned(head, body, from.backend(), moves);
    if (learned == null) {
      send(from, head, body, trailers, added);
    } else {
      context.session().once(learned, () -> send(from, head, body, trailers, added));
    }
  }

  private void send(
      UpstreamAttempt from,
      HttpResponse head,
      ByteString body,
      HttpHeaders trailers,
      @Nullable List<HttpHeader> added) {
    if (context.reply().isOver()) {
      return;
    }
    from.forgetBody();
    // Not below: what fails in making these is no fault of the server's.
    List<HttpHeader> own = added == null ? addedHeaders() : added;
    akka.http.javadsl.model.HttpResponse response;
    try {
      HttpResponse changed = changed(head);
      Compressing compressing = compressing(changed, body.size());
      ByteString sent = compressing == null ? body : compressing.whole(body);
      response = Responses.whole(context.outgoing().request(), changed, sent, trailers, own);
    } catch (RuntimeException inexpressible) {
      refuse(from);
      return;
    }
    send(from, response);
  }

  void stream(
      UpstreamAttempt from,
      HttpResponse head,
      Source<ByteString, NotUsed> body,
      Supplier<HttpHeaders> trailers,
      boolean moves) {
    CompletionStage<?> learned = learned(head, ByteString.emptyByteString(), from.backend(), moves);
    if (learned == null) {
      sendStream(from, head, body, trailers);
    } else {
      context.session().once(learned, () -> sendStream(from, head, body, trailers));
    }
  }

  private void sendStream(
      UpstreamAttempt from,
      HttpResponse head,
      Source<ByteString, NotUsed> body,
      Supplier<HttpHeaders> trailers) {
    if (context.reply().isOver()) {
      return;
    }
    from.forgetBody();
    List<HttpHeader> own = addedHeaders();
    akka.http.javadsl.model.HttpResponse response;
    try {
      context.client().interim().bodyBegins();
      HttpResponse changed = changed(head);
      Compressing compressing = compressing(changed, -1);
      Source<ByteString, NotUsed> sent = body;
      if (compressing != null) {
        sent = compressing.stream(body);
        context.recording().compressing(compressing::sent);
      }
      response = Responses.streamed(context.outgoing().request(), changed, sent, trailers, own);
    } catch (RuntimeException inexpressible) {
      refuse(from);
      return;
    }
    send(from, response);
  }

  /** The server has sent what Akka HTTP cannot express; the client hears of it all the same. */
  private void refuse(UpstreamAttempt from) {
    from.closeConnection();
    endUnlessConnected(from);
    context.reply().fail(Failure.BAD_RESPONSE);
  }

  private void send(UpstreamAttempt from, akka.http.javadsl.model.HttpResponse response) {
    endUnlessConnected(from);
    context.reply().send(response);
  }

  private void endUnlessConnected(UpstreamAttempt from) {
    if (limits != null && !from.isConnected()) {
      limits.end();
    }
  }

  /** The server agrees to another protocol. */
  void upgrade(UpstreamAttempt from, HttpResponse head, TunnelEnd server, boolean moves) {
    ExtendedConnect stream = context.client().connect();
    if (stream != null
        && !stream.isAgreement(head.headers().get(HttpHeaderNames.SEC_WEBSOCKET_ACCEPT))) {
      server.close();
      from.leaveConnection();
      endUnlessConnected(from);
      context.reply().fail(Failure.BAD_RESPONSE);
      from.release();
      return;
    }
    CompletionStage<?> learned = learned(head, ByteString.emptyByteString(), from.backend(), moves);
    if (learned == null) {
      beginTunnel(from.slot(), head, server);
    } else {
      context.session().once(learned, () -> beginTunnel(from.slot(), head, server));
    }
  }

  /** The tunnel has the slot from now on, and what counts the request. */
  private void beginTunnel(Slot slot, HttpResponse head, TunnelEnd server) {
    if (context.reply().isOver()) {
      server.close();
      return;
    }
    Upstream counting = limits == null ? null : limits.becomesTunnel();
    context.reply().becomesTunnel();
    Runnable end =
        () -> {
          slot.free();
          if (counting != null) {
            counting.end();
          }
        };
    new Upgrade(
            context.client(),
            context.plane().connections(context.loop()).tunnels(),
            context.upstream().settings().timeouts().tunnel(),
            context.recording(),
            end)
        .join(server, changed(head), addedHeaders());
  }

  /** Completes when the cluster knows what this response says of the session; null for at once. */
  private @Nullable CompletionStage<?> learned(
      HttpResponse head, ByteString body, Backend from, boolean moves) {
    CompletionStage<?> moved = moves ? selection.moveTo(from) : null;
    CompletionStage<?> ids = context.session().learn(head, body, from);
    return moved == null || ids == null
        ? (moved == null ? ids : moved)
        : moved.thenCombine(ids, (one, other) -> other);
  }

  private @Nullable Compressing compressing(HttpResponse head, long wholeLength) {
    return Compressing.of(
        context.outgoing().routing().route().compression().orElse(null),
        context.outgoing().request(),
        head,
        wholeLength);
  }

  private HttpResponse changed(HttpResponse head) {
    return context.outgoing().routing().changed(head);
  }

  /** The header lines that tell the client of its session. */
  List<HttpHeader> addedHeaders() {
    return context.session().headers(context.outgoing().forwarding().secure());
  }
}
