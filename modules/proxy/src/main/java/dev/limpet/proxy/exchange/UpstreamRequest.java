package dev.limpet.proxy.exchange;

import akka.NotUsed;
import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpProtocols;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import dev.limpet.balancing.Backend;
import dev.limpet.http.client.Client;
import dev.limpet.http.client.ExtendedConnect;
import dev.limpet.proxy.accesslog.Entry;
import dev.limpet.proxy.affinity.ClientSession;
import dev.limpet.proxy.affinity.LoopStages;
import dev.limpet.proxy.failure.Failure;
import dev.limpet.proxy.message.Headers;
import dev.limpet.proxy.message.Responses;
import dev.limpet.proxy.servers.LatencyTracker;
import dev.limpet.proxy.servers.Upstream;
import dev.limpet.proxy.servers.UpstreamQueue;
import dev.limpet.proxy.upstream.Addresses;
import dev.limpet.proxy.upstream.ResponseHandler;
import dev.limpet.proxy.upstream.UpstreamConnection;
import dev.limpet.proxy.upstream.UpstreamPool;
import dev.limpet.transport.limits.LoopMemory;
import dev.limpet.transport.tunnel.TunnelEnd;
import dev.limpet.transport.tunnel.Tunnels;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One request from the servers' side: {@link ServerSelection} finds the server that the client
 * belongs to, and what that one answers, or the next, is the response. All of it runs on the loop
 * of the client's connection.
 */
final class UpstreamRequest
    implements ResponseHandler, UpstreamPool.Borrower, ServerSelection.Taker {

  /** Whose request it is. */
  interface Owner {

    /** Whether the response is on its way, or nobody wants one any more. */
    boolean isOver();

    void reply(akka.http.javadsl.model.HttpResponse response);

    void fail(Failure failure);

    /** A server has failed, which the client does not hear of if the next one does not. */
    void triedAgain(Failure failure);

    /** The response has begun, and will not be whole. */
    void broken(Failure failure);

    /**
     * The request is over; what comes is a tunnel.
     *
     * @return to be told when that ends, if not null
     */
    @Nullable Upstream becomesTunnel();

    /** The request ends, and with it its connection. */
    void broken(Throwable thrown);

    /** No server has anything to do with the request now. */
    void onDisconnected();
  }

  /**
   * The wait before a server that has reset a new connection is asked again. A process that is
   * being killed loses its connections first and stops listening a moment later; after that a
   * connection is refused, and the request can go to another server.
   */
  private static final long RESET_PAUSE_MILLIS = 20;

  /** Bytes of a response that may wait for a client. */
  private static final int ROOM_OF_CONNECTION = 64 * 1024;

  /** As many for each of the streams that a client of HTTP/2 may have would be megabytes. */
  private static final int ROOM_OF_STREAM = 16 * 1024;

  private final DataPlane plane;
  private final Client client;
  private final OutgoingRequest outgoing;
  private final @Nullable Mirror mirror;
  private final ClientSession session;
  private final Upstream group;
  private final ServerSelection placing;
  private final Entry log;
  private final Owner owner;
  private final RetryPolicy attempts;
  private final LatencyTracker timer;
  private final Guarded<UpstreamRequest> guarded;

  /** Passes on the answer of a server that another one was to give better, if none does. */
  private @Nullable Runnable refusal;

  /** Where the refusal comes from, until that server has done with the request. */
  private @Nullable Backend refusing;

  /** The server that counts this request, until it has sent all of the response. */
  private @Nullable Backend backend;

  /** The last one, for whoever wants to know which it was. */
  private @Nullable Backend asked;

  private @Nullable Addresses addresses;
  private @Nullable UpstreamConnection connection;
  private @Nullable OutgoingBody body;

  /** When the request had been sent; 0 where nobody wants to know. */
  private long sentNanos;

  /**
   * @param mirror gets a copy
   */
  UpstreamRequest(
      DataPlane plane,
      OutgoingRequest outgoing,
      @Nullable Mirror mirror,
      ClientSession session,
      Entry log,
      Owner owner) {
    this.plane = plane;
    this.client = outgoing.client();
    this.outgoing = outgoing;
    this.mirror = mirror;
    this.session = session;
    this.group = session.group();
    this.log = log;
    this.owner = owner;
    this.placing = new ServerSelection(client.loop(), plane.cluster(), group, session, log, this);
    this.attempts = new RetryPolicy(outgoing, group);
    this.timer = LatencyTracker.of(group.settings().balancing().method());
    this.guarded = new Guarded<>(this, owner::broken);
  }

  /**
   * @param recognized whether the session has been asked whom it knows
   */
  void begin(boolean recognized) {
    if (recognized) {
      placing.onRecognized();
    } else {
      placing.begin();
    }
  }

  boolean isConnected() {
    return connection != null;
  }

  /** The server that was asked last, or else the upstream, in words. */
  String asked() {
    return asked == null ? "upstream " + group.settings().name() : "server " + asked.id().value();
  }

  boolean awaitsBody() {
    return connection != null && connection.awaitsBody();
  }

  /** Bytes of the request's body that have gone to a server. */
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
      group.outliers().failed(backend, cause, false);
    }
    refusing = null;
    stop();
    fail(cause);
  }

  /** Gives up whatever is held, whatever state it is in. */
  void drop() {
    refusal = null;
    refusing = null;
    stop();
  }

  /** Nobody wants the response any more. */
  void stop() {
    UpstreamConnection underWay = connection;
    leaveConnection();
    placing.cancel();
    if (underWay != null) {
      underWay.cancel();
    }
    onEnd();
  }

  @Override
  public void onPlace(Backend server, Addresses addresses) {
    backend = server;
    send(addresses, false);
  }

  @Override
  public void onNoPlace(Failure failure) {
    fail(failure);
  }

  @Override
  public void onThrown(Throwable thrown) {
    owner.broken(thrown);
  }

  private void send(Addresses addresses, boolean freshConnection) {
    this.addresses = addresses;
    Backend server = Objects.requireNonNull(backend);
    asked = server;
    timer.onSend(server);
    log.connecting(server.id().value());
    UpstreamPool pool =
        plane.connections(client.loop()).pool(addresses, group.settings(), group.tls());
    if (freshConnection) {
      pool.connectNew(guarded);
    } else {
      pool.acquire(guarded);
    }
  }

  @Override
  public void onConnection(UpstreamConnection ready) {
    if (owner.isOver()) {
      ready.release();
      return;
    }
    connection = ready;
    log.connected();
    attempts.sentOn(ready.isReused());
    body = outgoing.send(group, mirror, ready, guarded);
    if (body != null) {
      log.uploading(body::written);
    }
    sentNanos = body == null && group.outliers().takesTimes() ? System.nanoTime() : 0;
  }

  @Override
  public void onInterim(HttpResponse head) {
    if (head.status().code() == 100) {
      if (body != null) {
        body.consent();
      }
    } else if (!owner.isOver() && !outgoing.request().protocol().equals(HttpProtocols.HTTP_1_0)) {
      client
          .interim()
          .send(head.status().code(), head.status().reasonPhrase(), Responses.interim(head));
    }
  }

  @Override
  public void onHead() {
    timer.onHead();
    log.firstByte();
    if (sentNanos != 0 && backend != null) {
      group.outliers().of(backend).answeredAfter(System.nanoTime() - sentNanos);
    }
  }

  @Override
  public LoopMemory.Charge charge() {
    return client.connection().charge();
  }

  @Override
  public int bodyRoom() {
    return Headers.isHttp2(outgoing.request()) ? ROOM_OF_STREAM : ROOM_OF_CONNECTION;
  }

  @Override
  public void bodyWaits(int bytes) {
    client.interim().bodyWaits(bytes);
  }

  @Override
  public void onBodyEnd(long bytes, @Nullable Failure failure) {
    client.interim().bodyEnds();
    if (failure == null) {
      timer.onEnd();
    } else if (outgoing.request().protocol().equals(HttpProtocols.HTTP_1_0)) {
      // To this client the end of the connection would be the end of the body.
      client.connection().abort();
    }
    if (failure != null) {
      owner.broken(failure);
    }
    log.bodyEnded(bytes, failure);
  }

  @Override
  public boolean isRepeatable() {
    return outgoing.isRepeatable();
  }

  @Override
  public boolean needsBody(HttpResponse head) {
    return session.needsBody(head) || isRefusal(head);
  }

  @Override
  public void onResponse(HttpResponse head, ByteString body) {
    Backend from = Objects.requireNonNull(backend);
    group.outliers().answered(from, head);
    timer.onEnd();
    HttpHeaders trailers = connection == null ? EmptyHttpHeaders.INSTANCE : connection.trailers();
    if (isRefusal(head) && placing.hasOther(from) && attempts.mayRepeatAnswered()) {
      keep(head, body, trailers, from);
    } else {
      reply(head, body, trailers, this::addedHeaders, from);
    }
  }

  /**
   * A client that belongs to a server gets that server's answers, unless it may move for a better
   * one.
   */
  private boolean isRefusal(HttpResponse head) {
    return attempts.isRefusal(head)
        && (session.place() == null || group.settings().retries().moveSessions());
  }

  private void keep(HttpResponse head, ByteString body, HttpHeaders trailers, Backend from) {
    // As long as they name this server, and not the one that is asked next.
    List<HttpHeader> added = addedHeaders();
    refusal =
        () -> {
          log.answeredBefore(from.id().value());
          reply(head, body, trailers, () -> added, from);
        };
    refusing = from;
    if (session.place() != null) {
      placing.stay();
    }
  }

  private void reply(
      HttpResponse head,
      ByteString body,
      HttpHeaders trailers,
      Supplier<List<HttpHeader>> added,
      Backend from) {
    onceLearned(
        learned(head, body, from),
        () ->
            reply(
                () ->
                    Responses.whole(
                        outgoing.request(), changed(head), body, trailers, added.get())));
  }

  @Override
  public void onStreamedResponse(HttpResponse head, Source<ByteString, NotUsed> body) {
    Backend server = Objects.requireNonNull(backend);
    group.outliers().answered(server, head);
    UpstreamConnection from = Objects.requireNonNull(connection);
    onceLearned(
        learned(head, ByteString.emptyByteString(), server),
        () ->
            reply(
                () -> {
                  client.interim().bodyBegins();
                  return Responses.streamed(
                      outgoing.request(), changed(head), body, from::trailers, addedHeaders());
                }));
  }

  @Override
  public void onUpgrade(HttpResponse head, TunnelEnd tunnel) {
    Backend server = Objects.requireNonNull(backend);
    group.outliers().answered(server, head);
    ExtendedConnect stream = client.connect();
    if (stream != null
        && !stream.isAgreement(head.headers().get(HttpHeaderNames.SEC_WEBSOCKET_ACCEPT))) {
      tunnel.close();
      leaveConnection();
      owner.fail(Failure.BAD_RESPONSE);
      onEnd();
      return;
    }
    onceLearned(learned(head, ByteString.emptyByteString(), server), () -> upgrade(head, tunnel));
  }

  private void upgrade(HttpResponse head, TunnelEnd server) {
    if (owner.isOver()) {
      server.close();
      return;
    }
    UpstreamQueue queue = group.queue();
    Duration idle = group.settings().timeouts().tunnel();
    Tunnels tunnels = plane.connections(client.loop()).tunnels();
    Backend taken = Objects.requireNonNull(backend);
    backend = null;
    Upstream counting = owner.becomesTunnel();
    Runnable end =
        () -> {
          queue.end(taken);
          if (counting != null) {
            counting.end();
          }
        };
    new Upgrade(client, tunnels, idle, log, end).join(server, changed(head), addedHeaders());
  }

  @Override
  public void onEnd() {
    connection = null;
    owner.onDisconnected();
    if (backend != null) {
      group.queue().end(backend);
      backend = null;
    }
    Backend left = refusing;
    refusing = null;
    if (left != null && !owner.isOver()) {
      goElsewhere(left, Failure.NO_SERVER);
    }
  }

  /** With an answer in hand, nobody waits for a server, or asks one that is hardly up. */
  private void goElsewhere(Backend left, Failure failure) {
    if (refusal == null || placing.hasOther(left)) {
      placing.goElsewhere(left, failure);
    } else {
      fail(failure);
    }
  }

  /** Completes when the cluster knows what this response says of the session; null for at once. */
  private @Nullable CompletionStage<?> learned(HttpResponse head, ByteString body, Backend from) {
    CompletionStage<?> moved = attempts.isRefusal(head) ? null : placing.follow(from);
    CompletionStage<?> ids = session.learn(head, body, from);
    return moved == null || ids == null
        ? (moved == null ? ids : moved)
        : moved.thenCombine(ids, (one, other) -> other);
  }

  /** A client may hear of an id only when every node can find it. */
  private void onceLearned(@Nullable CompletionStage<?> learned, Runnable then) {
    if (learned == null) {
      then.run();
    } else {
      LoopStages.then(learned, client.loop(), done -> then.run(), owner::broken);
    }
  }

  /** A server may send what Akka HTTP cannot express; the client hears of it all the same. */
  private void reply(Supplier<akka.http.javadsl.model.HttpResponse> response) {
    if (owner.isOver()) {
      return;
    }
    UpstreamConnection answering = connection;
    forgetBody();
    akka.http.javadsl.model.HttpResponse made;
    try {
      made = response.get();
    } catch (RuntimeException inexpressible) {
      if (answering != null) {
        answering.cancel();
      }
      owner.fail(Failure.BAD_RESPONSE);
      return;
    }
    owner.reply(made);
  }

  private HttpResponse changed(HttpResponse head) {
    return outgoing.routing().changed(head);
  }

  private List<HttpHeader> addedHeaders() {
    return session.headers(outgoing.forwarding().secure());
  }

  @Override
  public void onFailure(Failure failure) {
    Backend failed = backend;
    boolean reused = connection != null && connection.isReused();
    timer.onFailure();
    leaveConnection();
    boolean over = owner.isOver();
    if (!over) {
      group.outliers().failed(failed, failure, reused);
    }
    if (over || failed == null) {
      onEnd();
    } else if (failure.replay() == Failure.Replay.ALWAYS) {
      owner.triedAgain(failure);
      onEnd();
      plane.cluster().reportUnreachable(failed.id());
      goElsewhere(failed, failure);
    } else if (mayGoOnceMore(failure, reused) && attempts.mayRepeat()) {
      if (!reused) {
        owner.triedAgain(failure);
      }
      repeatAfter(failed, reused);
    } else {
      onEnd();
      fail(failure);
    }
  }

  /** What comes on a kept connection may be what an earlier exchange has left there. */
  private static boolean mayGoOnceMore(Failure failure, boolean reused) {
    return failure.replay() == Failure.Replay.IF_IDEMPOTENT
        || (reused && failure == Failure.BAD_RESPONSE);
  }

  /** That a kept connection was closed says nothing against its server. */
  private void repeatAfter(Backend failed, boolean reused) {
    if (reused || session.place() != null || !placing.hasOther(failed)) {
      repeat(reused ? 0 : RESET_PAUSE_MILLIS);
    } else {
      onEnd();
      placing.goElsewhere(failed, Failure.RESET);
    }
  }

  /**
   * Asks the same server on a new connection: it may be well, and then keeps its client. The
   * request keeps its place there.
   */
  private void repeat(long pauseMillis) {
    Addresses same = Objects.requireNonNull(addresses, "it was asked before");
    if (pauseMillis == 0) {
      send(same, true);
      return;
    }
    client
        .loop()
        .schedule(
            () -> {
              if (!owner.isOver()) {
                send(same, true);
              }
            },
            Duration.ofMillis(pauseMillis),
            owner::broken);
  }

  /** A server's refusal tells more than that nobody had a better answer. */
  private void fail(Failure failure) {
    Runnable kept = refusal;
    refusal = null;
    if (kept == null) {
      owner.fail(failure);
    } else {
      kept.run();
    }
  }

  private void leaveConnection() {
    connection = null;
    forgetBody();
  }

  private void forgetBody() {
    if (body != null) {
      body.forget();
    }
  }
}
