package dev.limpet.proxy.exchange;

import akka.NotUsed;
import akka.http.javadsl.model.HttpProtocols;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import dev.limpet.balancing.Backend;
import dev.limpet.proxy.failure.Failure;
import dev.limpet.proxy.message.Headers;
import dev.limpet.proxy.message.Responses;
import dev.limpet.proxy.servers.LatencyTracker;
import dev.limpet.proxy.servers.Slot;
import dev.limpet.proxy.upstream.Addresses;
import dev.limpet.proxy.upstream.UpstreamConnection;
import dev.limpet.proxy.upstream.UpstreamPool;
import dev.limpet.transport.limits.LoopMemory;
import dev.limpet.transport.tunnel.TunnelEnd;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to have a request answered: by one server, in the slot that was taken there, over one
 * connection. For the loop of the client's connection.
 */
final class UpstreamAttempt extends FaultBarrier {

  /**
   * The next stage, which gets what comes of the attempt: a response, a stream, an agreement to
   * another protocol, or a failure; behind the first two, {@link #released}.
   */
  interface Next {

    /** Whether the whole of this response is waited for before anything is made of it. */
    boolean needsBody(HttpResponse head);

    void answer(UpstreamAttempt attempt, HttpResponse head, ByteString body, HttpHeaders trailers);

    /**
     * @param trailers says, when the body is complete, which fields come behind it
     */
    void stream(
        UpstreamAttempt attempt,
        HttpResponse head,
        Source<ByteString, NotUsed> body,
        Supplier<HttpHeaders> trailers);

    void upgrade(UpstreamAttempt attempt, HttpResponse head, TunnelEnd server);

    /**
     * The slot is still taken.
     *
     * @param reused whether the connection had been used before: the server may just have closed it
     */
    void repeat(UpstreamAttempt attempt, Failure failure, boolean reused);

    /** The server has nothing more to do with the request, and the slot is free. */
    void released();
  }

  /** Bytes of a response that may wait for a client. */
  private static final int ROOM_OF_CONNECTION = 64 * 1024;

  /** As many for each of the streams that a client of HTTP/2 may have would be megabytes. */
  private static final int ROOM_OF_STREAM = 16 * 1024;

  private final RequestContext context;
  private final @Nullable Mirror mirror;
  private final Slot slot;
  private final Addresses addresses;
  private final Next next;
  private final LatencyTracker latency;
  private @Nullable UpstreamConnection connection;
  private @Nullable OutgoingBody body;
  private boolean dropped;

  /** When the request had been sent; 0 where nobody wants to know. */
  private long sentNanos;

  /**
   * @param mirror gets a copy
   * @param slot to be freed by {@link #release} or {@link #drop}, unless another attempt follows in
   *     it
   */
  UpstreamAttempt(
      RequestContext context, @Nullable Mirror mirror, Slot slot, Addresses addresses, Next next) {
    this.context = context;
    this.mirror = mirror;
    this.slot = slot;
    this.addresses = addresses;
    this.next = next;
    this.latency = LatencyTracker.of(context.upstream().settings().balancing().method());
  }

  Slot slot() {
    return slot;
  }

  Backend backend() {
    return slot.backend();
  }

  Addresses addresses() {
    return addresses;
  }

  /**
   * Takes a connection, and sends the request.
   *
   * @param anew on a connection that no other request has used
   */
  void start(boolean anew) {
    latency.sent(backend());
    context.reply().asks(backend());
    context.recording().connecting(backend());
    UpstreamPool pool =
        context
            .plane()
            .connections(context.loop())
            .pool(addresses, context.upstream().settings(), context.upstream().tls());
    if (anew) {
      pool.connectNew(this);
    } else {
      pool.acquire(this);
    }
  }

  boolean isConnected() {
    return connection != null;
  }

  /** Whether it cannot go on because the client has to send more of the request's body. */
  boolean awaitsBody() {
    return connection != null && connection.awaitsBody();
  }

  /** Bytes of the request's body that have gone to the server. */
  long bodySent() {
    return body == null ? 0 : body.written();
  }

  /** Breaks off a response that has begun. */
  void abandon(Failure cause) {
    if (connection != null) {
      connection.abandon(cause);
    }
  }

  /** The server has had its time; unless it is the client that keeps it waiting. */
  void expire(Failure cause) {
    if (connection != null && !connection.awaitsBody()) {
      context.upstream().outliers().failed(backend(), cause, false);
      context.recording().attemptFailed(cause);
    }
  }

  /** Nobody wants the response any more. */
  void drop() {
    dropped = true;
    UpstreamConnection underWay = connection;
    leaveConnection();
    if (underWay != null) {
      underWay.cancel();
    }
    release();
  }

  /** The server has done with the request, or never had anything to do with it. */
  void release() {
    connection = null;
    slot.free();
    next.released();
  }

  /** The part of the response that has come cannot go out. */
  void closeConnection() {
    if (connection != null) {
      connection.cancel();
    }
  }

  /** The client is not told any more to send the body. */
  void forgetBody() {
    if (body != null) {
      body.forget();
    }
  }

  @Override
  void connected(UpstreamConnection ready) {
    if (dropped || context.reply().isOver()) {
      ready.release();
      return;
    }
    connection = ready;
    context.recording().connected(ready.isReused());
    String span = context.recording().span();
    body = context.outgoing().send(context.upstream(), mirror, ready, span, this);
    if (body != null) {
      context.recording().uploading(body::written);
    }
    sentNanos = body == null && context.upstream().outliers().takesTimes() ? System.nanoTime() : 0;
  }

  @Override
  void interim(HttpResponse head) {
    if (head.status().code() == 100) {
      if (body != null) {
        body.consent();
      }
    } else if (!context.reply().isOver() && !isHttp10()) {
      context
          .client()
          .interim()
          .send(head.status().code(), head.status().reasonPhrase(), Responses.interim(head));
    }
  }

  @Override
  void headArrived() {
    latency.headArrived();
    context.recording().firstByte();
    if (sentNanos != 0) {
      context.upstream().outliers().of(backend()).answeredAfter(System.nanoTime() - sentNanos);
    }
  }

  @Override
  boolean mayRepeat() {
    return context.outgoing().isRepeatable();
  }

  @Override
  boolean waitsForBody(HttpResponse head) {
    return next.needsBody(head);
  }

  @Override
  void answered(HttpResponse head, ByteString whole) {
    context.upstream().outliers().answered(backend(), head);
    context.recording().answered(head.status().code(), whole.size());
    latency.complete();
    HttpHeaders trailers = connection == null ? EmptyHttpHeaders.INSTANCE : connection.trailers();
    next.answer(this, head, whole, trailers);
  }

  @Override
  void answersWithStream(HttpResponse head, Source<ByteString, NotUsed> stream) {
    context.upstream().outliers().answered(backend(), head);
    context.recording().answering(head.status().code());
    UpstreamConnection from = Objects.requireNonNull(connection);
    next.stream(this, head, stream, from::trailers);
  }

  @Override
  void agreedToUpgrade(HttpResponse head, TunnelEnd server) {
    context.upstream().outliers().answered(backend(), head);
    context.recording().answering(head.status().code());
    next.upgrade(this, head, server);
  }

  @Override
  public LoopMemory.Charge charge() {
    return context.client().connection().charge();
  }

  @Override
  int room() {
    return Headers.isHttp2(context.outgoing().request()) ? ROOM_OF_STREAM : ROOM_OF_CONNECTION;
  }

  @Override
  void waits(int bytes) {
    context.client().interim().bodyWaits(bytes);
  }

  @Override
  void bodyEnded(long bytes, @Nullable Failure failure) {
    context.client().interim().bodyEnds();
    if (failure == null) {
      latency.complete();
    } else if (isHttp10()) {
      // To this client the end of the connection would be the end of the body.
      context.client().connection().abort();
    }
    if (failure != null) {
      context.reply().isCut(failure);
    }
    context.recording().bodyEnded(bytes, failure);
  }

  @Override
  void failed(Failure failure) {
    boolean reused = connection != null && connection.isReused();
    latency.failed();
    leaveConnection();
    if (dropped || context.reply().isOver()) {
      release();
      return;
    }
    context.upstream().outliers().failed(backend(), failure, reused);
    context.recording().attemptFailed(failure);
    next.repeat(this, failure, reused);
  }

  @Override
  void ended() {
    release();
  }

  @Override
  void broken(Throwable thrown) {
    context.broken().accept(thrown);
  }

  /** Another has the connection now, or nobody. */
  void leaveConnection() {
    connection = null;
    forgetBody();
  }

  private boolean isHttp10() {
    return context.outgoing().request().protocol().equals(HttpProtocols.HTTP_1_0);
  }
}
