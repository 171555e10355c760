package dev.limpet.proxy;

import akka.NotUsed;
import akka.http.javadsl.model.HttpEntity;
import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.stream.ActorAttributes;
import akka.stream.Materializer;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import dev.limpet.balancing.Backend;
import dev.limpet.balancing.PathNormalizer;
import dev.limpet.balancing.Redirects;
import dev.limpet.balancing.RouteTable;
import dev.limpet.model.Placement;
import dev.limpet.model.Settings;
import dev.limpet.proxy.accesslog.Entry;
import dev.limpet.proxy.akkahttp.Client;
import dev.limpet.proxy.upstream.RequestBodyStage;
import dev.limpet.proxy.upstream.UpstreamConnection;
import dev.limpet.proxy.upstream.UpstreamListener;
import dev.limpet.transport.TunnelEnd;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpHeadersFactory;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way: {@link #start} finds the route, {@link #place} the server that the client
 * belongs to, {@link #send} exchanges the request with it, and what comes back leaves by {@link
 * #reply}. All of it runs on the loop of the client's connection; only a session that has to move
 * waits for the cluster in between.
 */
final class Exchange implements UpstreamListener {

  private static final Set<String> IDEMPOTENT =
      Set.of("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE");

  /**
   * The wait before a server that has reset a new connection is asked again. A process that is being
   * killed loses its connections first and stops listening a moment later; after that a connection
   * is refused, and the request can go to another server.
   */
  private static final long RESET_PAUSE_MILLIS = 20;

  /** What goes in was parsed, and {@link Headers} lets no line break through. */
  private static final HttpHeadersFactory HEADERS =
      DefaultHttpHeadersFactory.headersFactory().withValidation(false);

  private final DataPlane plane;
  private final Client client;
  private final HttpRequest request;
  private final Materializer materializer;
  private final Consumer<HttpResponse> reply;
  private final Forwarding forwarding;
  private final Entry log;

  private String target = "/";
  private String host = "";
  private @Nullable UpstreamGroup group;
  private @Nullable ClientSession session;
  private Set<Backend> tried = Set.of();
  private int attempts;
  private @Nullable Backend backend;
  private @Nullable UpstreamConnection connection;
  private boolean over;

  Exchange(
      DataPlane plane,
      Client client,
      HttpRequest request,
      Materializer materializer,
      Consumer<HttpResponse> reply) {
    this.plane = plane;
    this.client = client;
    this.request = request;
    this.materializer = materializer;
    this.reply = reply;
    this.forwarding = Forwarding.of(client, request);
    this.log = plane.accessLog().begin(client.listener(), forwarding.address(), request);
  }

  /** Finds the route and follows it. */
  void start() {
    target = Headers.target(request);
    String hostHeader = Headers.find(request, "host");
    host = hostHeader == null ? "" : hostHeader;
    int query = target.indexOf('?');
    String rawPath = query < 0 ? target : target.substring(0, query);
    String path = PathNormalizer.normalize(rawPath);
    if (path == null) {
      fail(Failure.BAD_REQUEST);
      return;
    }
    RouteTable routes = plane.routes(client.listener());
    Settings.Route route = routes.match(host, path);
    if (route == null) {
      fail(Failure.NO_ROUTE);
      return;
    }
    switch (route.action()) {
      case Settings.Action.Redirect redirect ->
          reply(
              Responses.redirect(
                  redirect.status(),
                  Redirects.location(
                      redirect,
                      forwarding.scheme(),
                      host,
                      rawPath,
                      query < 0 ? "" : target.substring(query))));
      case Settings.Action.Forward forward -> {
        group = plane.group(forward.upstream());
        session = new ClientSession(plane, group, log);
        log.routed(forward.upstream());
        place(group, session);
      }
    }
  }

  /** Ends the work when the client has gone. */
  void cancel() {
    if (over) {
      return;
    }
    over = true;
    plane.finished();
    log.abandoned();
    UpstreamConnection underWay = connection;
    finishAttempt();
    if (underWay != null) {
      underWay.cancel();
    }
  }

  /** A client's own server if it has one, else one that takes new clients. */
  private void place(UpstreamGroup group, ClientSession session) {
    if (isBodyTooLarge()) {
      fail(Failure.BODY_TOO_LARGE);
      return;
    }
    RoutingSnapshot snapshot = group.snapshot();
    Placement place = session.find(request);
    if (place == null) {
      placeNew(group, session, snapshot);
      return;
    }
    Backend home = snapshot.bound(place.backend());
    if (home == null) {
      move(group, session, snapshot);
    } else {
      send(group, snapshot, home, false);
    }
  }

  private void placeNew(UpstreamGroup group, ClientSession session, RoutingSnapshot snapshot) {
    Backend chosen = snapshot.selector().pick(tried);
    if (chosen == null) {
      fail(Failure.NO_SERVER);
      return;
    }
    session.begin(chosen);
    send(group, snapshot, chosen, false);
  }

  private void move(UpstreamGroup group, ClientSession session, RoutingSnapshot snapshot) {
    List<Backend> candidates =
        snapshot.open().stream().filter(candidate -> !tried.contains(candidate)).toList();
    Backend next = session.nextHome(candidates);
    if (next == null) {
      fail(Failure.NO_SERVER);
      return;
    }
    session
        .move(candidates, next)
        .whenComplete(
            (moved, failure) ->
                client
                    .loop()
                    .executor()
                    .execute(() -> onMoved(group, session, snapshot, moved, next)));
  }

  private void onMoved(
      UpstreamGroup group,
      ClientSession session,
      RoutingSnapshot snapshot,
      @Nullable Placement moved,
      Backend chosen) {
    if (over) {
      return;
    }
    Placement place = moved == null ? new Placement(chosen.hash(), 0) : moved;
    Backend home = snapshot.bound(place.backend());
    session.moved(place);
    send(group, snapshot, home == null ? chosen : home, false);
  }

  private void send(
      UpstreamGroup group, RoutingSnapshot snapshot, Backend to, boolean freshConnection) {
    InetSocketAddress address = snapshot.addresses().get(to);
    if (address == null) {
      fail(Failure.NO_SERVER);
      return;
    }
    backend = to;
    to.begin();
    log.connecting(to.id().value());
    var pool =
        plane
            .connections(client.loop())
            .pool(address, group.settings(), group.tls());
    if (freshConnection) {
      pool.connectNew(this::exchange, this::onFailure);
    } else {
      pool.acquire(this::exchange, this::onFailure);
    }
  }

  private void exchange(UpstreamConnection ready) {
    if (over || group == null) {
      ready.cancel();
      return;
    }
    connection = ready;
    log.connected();
    // That a kept connection was closed says nothing about its server, so it is no attempt.
    attempts += ready.isReused() ? 0 : 1;
    HttpHeaders headers = HEADERS.newHeaders();
    Headers.copy(request, forwarding, headers);
    forwarding.addTo(headers, group.settings().forwarded(), host);
    HttpMethod method = HttpMethod.valueOf(request.method().name());
    if (request.entity() instanceof HttpEntity.Strict strict) {
      ready.send(
          new DefaultFullHttpRequest(
              HttpVersion.HTTP_1_1,
              method,
              target,
              Unpooled.wrappedBuffer(strict.getData().asByteBuffer()),
              headers,
              EmptyHttpHeaders.INSTANCE),
          this);
    } else {
      RequestBodyStage body =
          ready.sendHead(
              new DefaultHttpRequest(HttpVersion.HTTP_1_1, method, target, headers), this);
      log.uploading(body);
      request.entity().getDataBytes().to(body)
          .withAttributes(ActorAttributes.dispatcher(client.loop().dispatcherId()))
          .run(materializer);
    }
  }

  @Override
  public void onHead() {
    log.firstByte();
  }

  @Override
  public void onBodyEnd(long bytes, @Nullable Failure failure) {
    log.bodyEnded(bytes, failure);
  }

  @Override
  public void onResponse(io.netty.handler.codec.http.HttpResponse head, ByteString body) {
    replyWith(() -> Responses.whole(request, head, body, addedHeaders()));
  }

  @Override
  public void onStreamedResponse(
      io.netty.handler.codec.http.HttpResponse head, Source<ByteString, NotUsed> body) {
    replyWith(() -> Responses.streamed(head, body, addedHeaders()));
  }

  @Override
  public void onUpgrade(io.netty.handler.codec.http.HttpResponse head, TunnelEnd server) {
    Duration idle = Objects.requireNonNull(group).settings().timeouts().tunnel();
    Backend carrying = Objects.requireNonNull(backend);
    backend = null;
    over = true;
    plane.finished();
    // Akka HTTP would keep its streams for as long as the tunnel stands.
    client
        .connection()
        .detach(
            end -> {
              if (end == null) {
                log.abandoned();
                server.close();
                carrying.end();
                return;
              }
              end.write(Responses.upgraded(head, addedHeaders()));
              log.replied(Responses.SWITCHING);
              plane
                  .connections(client.loop())
                  .tunnels()
                  .join(
                      end,
                      server,
                      idle,
                      (toServer, toClient) -> {
                        carrying.end();
                        log.tunnelEnded(toServer, toClient);
                      });
            });
  }

  /** A server may send what Akka HTTP cannot express; the client hears of it all the same. */
  private void replyWith(Supplier<HttpResponse> response) {
    UpstreamConnection answering = connection;
    finishAttempt();
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
    finishAttempt();
    if (over || failed == null || group == null || session == null) {
      return;
    }
    if (failure.replay() == Failure.Replay.ALWAYS) {
      plane.cluster().reportUnreachable(failed.id());
      retryElsewhere(group, session, failed, failure);
    } else if (failure.replay() == Failure.Replay.IF_IDEMPOTENT && mayRepeat(group)) {
      repeat(group, failed, reused ? 0 : RESET_PAUSE_MILLIS);
    } else {
      fail(failure);
    }
  }

  /** Asks the same server on a new connection: it may be well, and then keeps its client. */
  private void repeat(UpstreamGroup group, Backend same, long pauseMillis) {
    if (pauseMillis == 0) {
      send(group, group.snapshot(), same, true);
      return;
    }
    client
        .loop()
        .executor()
        .schedule(
            () -> {
              if (!over) {
                send(group, group.snapshot(), same, true);
              }
            },
            pauseMillis,
            TimeUnit.MILLISECONDS);
  }

  private void retryElsewhere(
      UpstreamGroup group, ClientSession session, Backend failed, Failure failure) {
    tried = new HashSet<>(tried);
    tried.add(failed);
    RoutingSnapshot snapshot = group.snapshot();
    if (snapshot.open().stream().allMatch(tried::contains)) {
      fail(failure == Failure.CONNECT_REFUSED ? Failure.NO_SERVER : failure);
    } else if (session.isNew()) {
      placeNew(group, session, snapshot);
    } else {
      move(group, session, snapshot);
    }
  }

  private boolean mayRepeat(UpstreamGroup group) {
    return request.entity().isStrict()
        && IDEMPOTENT.contains(request.method().name())
        && attempts < group.settings().retries().attempts();
  }

  private boolean isBodyTooLarge() {
    long limit = plane.maxBodySize();
    return limit > 0 && request.entity().getContentLengthOption().orElse(0) > limit;
  }

  private List<HttpHeader> addedHeaders() {
    return session == null ? List.of() : session.headers(forwarding.secure());
  }

  private void finishAttempt() {
    if (backend != null) {
      backend.end();
      backend = null;
    }
    connection = null;
  }

  private void fail(Failure failure) {
    log.failed(failure);
    reply(Responses.failure(failure));
  }

  private void reply(HttpResponse response) {
    if (over) {
      return;
    }
    over = true;
    plane.finished();
    log.replied(response);
    HttpResponse secured = Responses.secured(response, plane.strictTransport(client.listener()));
    reply.accept(plane.isDraining() ? Responses.closing(secured) : secured);
  }
}
