package dev.limpet.proxy;

import akka.NotUsed;
import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpProtocols;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.stream.Materializer;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import dev.limpet.balancing.Backend;
import dev.limpet.model.Action;
import dev.limpet.proxy.accesslog.Entry;
import dev.limpet.proxy.akkahttp.Client;
import dev.limpet.proxy.akkahttp.RequestHandler;
import dev.limpet.proxy.upstream.UpstreamConnection;
import dev.limpet.proxy.upstream.UpstreamListener;
import dev.limpet.proxy.upstream.UpstreamPool;
import dev.limpet.transport.TunnelEnd;
import dev.limpet.transport.Tunnels;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way: {@link #start} finds the route, {@link Placing} the server that the client
 * belongs to, {@link #send} exchanges the request with it, and what comes back leaves by {@link
 * #reply}. All of it runs on the loop of the client's connection.
 */
final class Exchange
    implements RequestHandler.Work, UpstreamListener, UpstreamPool.Taker, Placing.Taker {

  /**
   * The wait before a server that has reset a new connection is asked again. A process that is being
   * killed loses its connections first and stops listening a moment later; after that a connection
   * is refused, and the request can go to another server.
   */
  private static final long RESET_PAUSE_MILLIS = 20;

  private final DataPlane plane;
  private final RoutingPlan plan;
  private final Client client;
  private final HttpRequest request;
  private final Materializer materializer;
  private final Consumer<HttpResponse> reply;
  private final Forwarding forwarding;
  private final Entry log;

  private final Routing routing;
  private @Nullable OutgoingRequest outgoing;
  private @Nullable Mirror mirror;
  private @Nullable UpstreamGroup group;
  private @Nullable ClientSession session;
  private @Nullable Placing placing;
  private int attempts;

  /** The server that counts this request, until it has sent all of the response. */
  private @Nullable Backend backend;

  private @Nullable InetSocketAddress address;
  private @Nullable UpstreamConnection connection;
  private @Nullable OutgoingBody body;
  private boolean over;

  /** Whether the upstream counts this request. */
  private boolean counted;

  /** When the request had been sent; 0 where nobody wants to know. */
  private long sentNanos;

  private ServerTimer timer = ServerTimer.OFF;

  /** Where {@code timeouts.request} is set. */
  private @Nullable RequestClock clock;

  Exchange(
      DataPlane plane,
      Client client,
      HttpRequest request,
      Materializer materializer,
      Consumer<HttpResponse> reply) {
    this.plane = plane;
    this.plan = plane.plan();
    this.client = client;
    this.request = request;
    this.materializer = materializer;
    this.reply = reply;
    this.forwarding = Forwarding.of(client, request);
    this.routing = new Routing(request, forwarding);
    this.log = plane.accessLog().begin(client.listener(), forwarding.address(), request);
  }

  /** Finds the route and follows it. */
  void start() {
    Failure refused = routing.find(plan.routes(client.listener()));
    if (refused != null) {
      fail(refused);
      return;
    }
    switch (routing.action()) {
      case Action.Redirect redirect -> reply(routing.redirect(redirect));
      case Action.Respond fixed -> reply(routing.fixed(fixed));
      case Action.Forward forward -> forward(forward);
    }
  }

  private void forward(Action.Forward forward) {
    outgoing =
        new OutgoingRequest(request, client, forwarding, routing, routing.target(forward));
    if (forward.mirror().isPresent()) {
      Action.Mirror copies = forward.mirror().get();
      mirror = Mirror.of(copies, plane, plan.group(copies.upstream()), outgoing, materializer);
    }
    List<Action.Share> upstreams = forward.upstreams();
    if (upstreams.size() == 1) {
      place(session(upstreams.getFirst().upstream()), false);
    } else {
      new UpstreamChoice(plane, upstreams, this::session, this::place).begin();
    }
  }

  private ClientSession session(String upstream) {
    return new ClientSession(
        plane, plan.group(upstream), client.loop(), routing.requested(), log);
  }

  /** Ends the work when the client has gone. */
  @Override
  public void run() {
    if (!over) {
      over = true;
      stop();
    }
  }

  @Override
  public boolean awaitsBody() {
    return connection != null && connection.awaitsBody();
  }

  @Override
  public void giveUp(Failure cause) {
    if (over && connection != null) {
      connection.abandon(cause);
    } else {
      if (cause == Failure.REQUEST_TIMEOUT && connection != null && !connection.awaitsBody()) {
        upstream().outliers().failed(backend, cause, false);
      }
      stopWith(cause);
    }
  }

  private void stopWith(Failure failure) {
    if (!over) {
      fail(failure);
      stop();
    }
  }

  private void stop() {
    log.abandoned();
    UpstreamConnection underWay = connection;
    leaveConnection();
    if (placing != null) {
      placing.cancel();
    }
    if (underWay != null) {
      underWay.cancel();
    }
    onEnd();
  }

  /**
   * @param recognized whether the session has been asked whom it knows
   */
  private void place(ClientSession session, boolean recognized) {
    if (over) {
      return;
    }
    this.session = session;
    group = session.group();
    log.routed(group.settings().name());
    int most = group.settings().maxRequests();
    if (most > 0) {
      if (!group.tryBegin(most)) {
        fail(Failure.TOO_MANY_REQUESTS);
        return;
      }
      counted = true;
    }
    if (request.entity().getContentLengthOption().orElse(0) > plan.maxBodySize()) {
      fail(Failure.BODY_TOO_LARGE);
      return;
    }
    placing = new Placing(client.loop(), plane.cluster(), group, session, this);
    timer = ServerTimer.of(group.settings().balancing().method());
    group.retryBudget().onRequest();
    Duration limit = group.settings().timeouts().request();
    if (!limit.isZero()) {
      clock =
          RequestClock.start(
              plane.connections(client.loop()), limit, () -> giveUp(Failure.REQUEST_TIMEOUT));
    }
    if (recognized) {
      placing.onRecognized();
    } else {
      placing.begin();
    }
  }

  @Override
  public void onPlace(Backend server, InetSocketAddress address) {
    backend = server;
    send(address, false);
  }

  @Override
  public void onNoPlace(Failure failure) {
    fail(failure);
  }

  private void send(InetSocketAddress address, boolean freshConnection) {
    this.address = address;
    Backend server = Objects.requireNonNull(backend);
    timer.onSend(server);
    log.connecting(server.id().value());
    UpstreamGroup group = upstream();
    var pool =
        plane.connections(client.loop()).pool(address, group.settings(), group.tls());
    if (freshConnection) {
      pool.connectNew(this);
    } else {
      pool.acquire(this);
    }
  }

  @Override
  public void onConnection(UpstreamConnection ready) {
    if (over || group == null || outgoing == null) {
      ready.cancel();
      return;
    }
    connection = ready;
    log.connected();
    // That a kept connection was closed says nothing about its server, so it is no attempt.
    attempts += ready.isReused() ? 0 : 1;
    body = outgoing.send(group, plan.maxBodySize(), materializer, mirror, ready, this);
    if (body != null) {
      log.uploading(body::written);
    }
    sentNanos = body == null && group.outliers().takesTimes() ? System.nanoTime() : 0;
  }

  @Override
  public void onInterim(io.netty.handler.codec.http.HttpResponse head) {
    if (head.status().code() == 100) {
      if (body != null) {
        body.consent();
      }
    } else if (!over && !request.protocol().equals(HttpProtocols.HTTP_1_0)) {
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
      upstream().outliers().of(backend).answeredAfter(System.nanoTime() - sentNanos);
    }
  }

  @Override
  public void onBodyEnd(long bytes, @Nullable Failure failure) {
    client.interim().bodyEnds();
    if (failure == null) {
      timer.onEnd();
    }
    log.bodyEnded(bytes, failure);
  }

  @Override
  public boolean needsBody(io.netty.handler.codec.http.HttpResponse head) {
    return session != null && session.needsBody(head);
  }

  @Override
  public void onResponse(io.netty.handler.codec.http.HttpResponse head, ByteString body) {
    upstream().outliers().answered(backend, head);
    timer.onEnd();
    HttpHeaders trailers = connection == null ? EmptyHttpHeaders.INSTANCE : connection.trailers();
    replyWith(
        learn(head, body),
        () -> Responses.whole(request, routing.changed(head), body, trailers, addedHeaders()));
  }

  @Override
  public void onStreamedResponse(
      io.netty.handler.codec.http.HttpResponse head, Source<ByteString, NotUsed> body) {
    upstream().outliers().answered(backend, head);
    UpstreamConnection from = Objects.requireNonNull(connection);
    replyWith(
        learn(head, ByteString.emptyByteString()),
        () -> {
          client.interim().bodyBegins();
          return Responses.streamed(routing.changed(head), body, from::trailers, addedHeaders());
        });
  }

  @Override
  public void onUpgrade(io.netty.handler.codec.http.HttpResponse head, TunnelEnd server) {
    upstream().outliers().answered(backend, head);
    CompletionStage<?> learned = learn(head, ByteString.emptyByteString());
    if (learned == null) {
      upgrade(head, server);
    } else {
      LoopStages.then(learned, client.loop(), done -> upgrade(head, server));
    }
  }

  private void upgrade(io.netty.handler.codec.http.HttpResponse head, TunnelEnd server) {
    if (over) {
      server.close();
      return;
    }
    UpstreamQueue queue = upstream().queue();
    Duration idle = upstream().settings().timeouts().tunnel();
    Tunnels tunnels = plane.connections(client.loop()).tunnels();
    Backend taken = Objects.requireNonNull(backend);
    backend = null;
    stopClock();
    over = true;
    UpstreamGroup counting = counted ? upstream() : null;
    counted = false;
    Runnable end =
        () -> {
          queue.end(taken);
          if (counting != null) {
            counting.end();
          }
        };
    new Upgrade(client, tunnels, idle, log, end)
        .join(server, routing.changed(head), addedHeaders());
  }

  @Override
  public void onEnd() {
    connection = null;
    if (over) {
      ended();
    }
    if (backend != null && group != null) {
      group.queue().end(backend);
      backend = null;
    }
  }

  private @Nullable CompletionStage<?> learn(
      io.netty.handler.codec.http.HttpResponse head, ByteString body) {
    return session == null ? null : session.learn(head, body, Objects.requireNonNull(backend));
  }

  /** A client may hear of an id only when every node can find it. */
  private void replyWith(@Nullable CompletionStage<?> learned, Supplier<HttpResponse> response) {
    if (learned == null) {
      replyWith(response);
    } else {
      LoopStages.then(learned, client.loop(), done -> replyWith(response));
    }
  }

  /** A server may send what Akka HTTP cannot express; the client hears of it all the same. */
  private void replyWith(Supplier<HttpResponse> response) {
    if (over) {
      return;
    }
    UpstreamConnection answering = connection;
    forgetBody();
    HttpResponse made;
    try {
      made = response.get();
    } catch (RuntimeException inexpressible) {
      if (answering != null) {
        answering.cancel();
      }
      fail(Failure.BAD_RESPONSE);
      return;
    }
    reply(made);
  }

  @Override
  public void onFailure(Failure failure) {
    Backend failed = backend;
    boolean reused = connection != null && connection.isReused();
    timer.onFailure();
    leaveConnection();
    if (!over) {
      upstream().outliers().failed(failed, failure, reused);
    }
    if (over || failed == null || placing == null) {
      onEnd();
    } else if (failure.replay() == Failure.Replay.ALWAYS) {
      onEnd();
      plane.cluster().reportUnreachable(failed.id());
      placing.goElsewhere(failed, failure);
    } else if (failure.replay() == Failure.Replay.IF_IDEMPOTENT && mayRepeat(upstream())) {
      repeat(reused ? 0 : RESET_PAUSE_MILLIS);
    } else {
      onEnd();
      fail(failure);
    }
  }

  /**
   * Asks the same server on a new connection: it may be well, and then keeps its client. The request
   * keeps its place there.
   */
  private void repeat(long pauseMillis) {
    InetSocketAddress same = Objects.requireNonNull(address, "it was asked before");
    if (pauseMillis == 0) {
      send(same, true);
      return;
    }
    client
        .loop()
        .executor()
        .schedule(
            () -> {
              if (!over) {
                send(same, true);
              }
            },
            pauseMillis,
            TimeUnit.MILLISECONDS);
  }

  private boolean mayRepeat(UpstreamGroup group) {
    return OutgoingRequest.isRepeatable(request)
        && attempts < group.settings().retries().attempts()
        && group.retryBudget().tryRetry();
  }

  private List<HttpHeader> addedHeaders() {
    return session == null ? List.of() : session.headers(forwarding.secure());
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

  private UpstreamGroup upstream() {
    return Objects.requireNonNull(group, "only requests with a route get to a server");
  }

  private void fail(Failure failure) {
    log.failed(failure);
    reply(routing.failure(failure));
  }

  private void reply(HttpResponse response) {
    if (over) {
      return;
    }
    over = true;
    if (connection == null) {
      ended();
    }
    log.replied(response);
    reply.accept(Responses.secured(response, plan.strictTransport(client.listener())));
  }

  /** Nobody has anything more to do with the request. */
  private void ended() {
    stopClock();
    if (counted) {
      counted = false;
      upstream().end();
    }
  }

  private void stopClock() {
    if (clock != null) {
      clock.stop();
      clock = null;
    }
  }
}
