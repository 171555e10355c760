package dev.limpet.proxy;

import akka.NotUsed;
import akka.http.javadsl.model.HttpEntity;
import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.stream.ActorAttributes;
import akka.stream.Materializer;
import akka.stream.javadsl.Flow;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import dev.limpet.balancing.Backend;
import dev.limpet.balancing.CookieHeader;
import dev.limpet.balancing.PathNormalizer;
import dev.limpet.balancing.Redirects;
import dev.limpet.balancing.Rendezvous;
import dev.limpet.balancing.RouteTable;
import dev.limpet.balancing.SessionCookie;
import dev.limpet.model.Placement;
import dev.limpet.model.Settings;
import dev.limpet.proxy.akkahttp.Client;
import dev.limpet.proxy.upstream.UpstreamConnection;
import dev.limpet.proxy.upstream.UpstreamListener;
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

  private String target = "/";
  private String host = "";
  private @Nullable UpstreamGroup group;
  private @Nullable SessionCookie session;
  private boolean setCookie;
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
                      redirect, "http", host, rawPath, query < 0 ? "" : target.substring(query))));
      case Settings.Action.Forward forward -> {
        group = plane.group(forward.upstream());
        place(group, group.snapshot());
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
    UpstreamConnection underWay = connection;
    finishAttempt();
    if (underWay != null) {
      underWay.cancel();
    }
  }

  /** A client's own server if it has one, else one that takes new clients. */
  private void place(UpstreamGroup group, RoutingSnapshot snapshot) {
    if (isBodyTooLarge()) {
      fail(Failure.BODY_TOO_LARGE);
      return;
    }
    session = findSession(group, snapshot);
    if (session == null) {
      placeNew(group, snapshot);
      return;
    }
    Placement place = newest(session);
    Backend home = snapshot.bound(place.backend());
    if (home == null) {
      move(group, snapshot, session, place);
    } else {
      session = new SessionCookie(session.key(), place, session.issuedAt());
      send(group, snapshot, home, false);
    }
  }

  private void placeNew(UpstreamGroup group, RoutingSnapshot snapshot) {
    Backend chosen = snapshot.selector().pick(tried);
    if (chosen == null) {
      fail(Failure.NO_SERVER);
      return;
    }
    if (group.settings().affinity().cookie().isPresent()) {
      session = plane.newSession(chosen);
      setCookie = true;
    }
    send(group, snapshot, chosen, false);
  }

  private @Nullable SessionCookie findSession(UpstreamGroup group, RoutingSnapshot snapshot) {
    Settings.Cookie settings = group.settings().affinity().cookie().orElse(null);
    String cookies = settings == null ? null : Headers.find(request, "cookie");
    if (settings == null || cookies == null) {
      return null;
    }
    String value = CookieHeader.find(cookies, settings.name());
    SessionCookie found = value == null ? null : snapshot.cookies().decode(value);
    if (found == null) {
      return null;
    }
    long age = plane.nowSeconds() - found.issuedAt();
    long ttl = settings.ttl().toSeconds();
    if (age > ttl) {
      return null;
    }
    // A client that keeps coming keeps its place: a quarter of the time to live is exact enough.
    setCookie = age > ttl / 4;
    return found;
  }

  /** The cookie's place, or a later one that the cluster has agreed on. */
  private Placement newest(SessionCookie cookie) {
    Placement known = plane.sessions().lookup(cookie.key());
    Placement own = cookie.placement();
    if (known == null || known.version() <= own.version()) {
      return own;
    }
    setCookie = true;
    return known;
  }

  /** The client's server is gone: the cluster agrees on another one, once. */
  private void move(
      UpstreamGroup group, RoutingSnapshot snapshot, SessionCookie lost, Placement place) {
    List<Backend> candidates =
        snapshot.open().stream().filter(candidate -> !tried.contains(candidate)).toList();
    Backend next = Rendezvous.choose(lost.key(), candidates);
    if (next == null) {
      fail(Failure.NO_SERVER);
      return;
    }
    Duration ttl =
        group.settings().affinity().cookie().map(Settings.Cookie::ttl).orElse(Duration.ofHours(1));
    plane
        .sessions()
        .move(
            lost.key(),
            place,
            hash -> candidates.stream().anyMatch(candidate -> candidate.hash() == hash),
            key -> next.hash(),
            ttl,
            group.settings().affinity().replicate())
        .whenComplete(
            (moved, failure) ->
                client
                    .loop()
                    .executor()
                    .execute(() -> onMoved(group, snapshot, lost, moved, next)));
  }

  private void onMoved(
      UpstreamGroup group,
      RoutingSnapshot snapshot,
      SessionCookie lost,
      @Nullable Placement moved,
      Backend chosen) {
    if (over) {
      return;
    }
    Placement place = moved == null ? new Placement(chosen.hash(), 0) : moved;
    Backend home = snapshot.bound(place.backend());
    session = new SessionCookie(lost.key(), place, lost.issuedAt());
    setCookie = true;
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
    var pool =
        plane
            .connections(client.loop())
            .pool(address, group.settings().timeouts());
    if (freshConnection) {
      pool.connectNew(this::exchange, this::onFailure);
    } else {
      pool.acquire(this::exchange, this::onFailure);
    }
  }

  private void exchange(UpstreamConnection ready) {
    if (over) {
      ready.cancel();
      return;
    }
    connection = ready;
    // That a kept connection was closed says nothing about its server, so it is no attempt.
    attempts += ready.isReused() ? 0 : 1;
    HttpHeaders headers = HEADERS.newHeaders();
    Headers.copy(request, client, host, headers);
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
      request
          .entity()
          .getDataBytes()
          .to(
              ready.sendHead(
                  new DefaultHttpRequest(HttpVersion.HTTP_1_1, method, target, headers), this))
          .withAttributes(ActorAttributes.dispatcher(client.loop().dispatcherId()))
          .run(materializer);
    }
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
  public void onUpgrade(
      io.netty.handler.codec.http.HttpResponse head, Flow<ByteString, ByteString, NotUsed> tunnel) {
    replyWith(() -> Responses.upgraded(head, tunnel, addedHeaders()));
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
    if (over || failed == null || group == null) {
      return;
    }
    if (failure == Failure.CONNECT_REFUSED || failure == Failure.CONNECT_TIMEOUT) {
      plane.cluster().reportUnreachable(failed.id());
      retryElsewhere(group, failed, failure);
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

  private void retryElsewhere(UpstreamGroup group, Backend failed, Failure failure) {
    tried = new HashSet<>(tried);
    tried.add(failed);
    RoutingSnapshot snapshot = group.snapshot();
    if (snapshot.open().stream().allMatch(tried::contains)) {
      fail(failure == Failure.CONNECT_REFUSED ? Failure.NO_SERVER : failure);
    } else if (session == null || session.issuedAt() == DataPlane.NOT_ISSUED) {
      placeNew(group, snapshot);
    } else {
      move(group, snapshot, session, session.placement());
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
    SessionCookie current = session;
    UpstreamGroup upstream = group;
    if (!setCookie || current == null || upstream == null) {
      return List.of();
    }
    Settings.Cookie cookie = upstream.settings().affinity().cookie().orElseThrow();
    String value =
        upstream
            .snapshot()
            .cookies()
            .encode(new SessionCookie(current.key(), current.placement(), plane.nowSeconds()));
    return List.of(Responses.setCookie(CookieHeader.setCookie(cookie, value, false)));
  }

  private void finishAttempt() {
    if (backend != null) {
      backend.end();
      backend = null;
    }
    connection = null;
  }

  private void fail(Failure failure) {
    reply(Responses.failure(failure));
  }

  private void reply(HttpResponse response) {
    if (over) {
      return;
    }
    over = true;
    plane.finished();
    reply.accept(plane.isDraining() ? Responses.closing(response) : response);
  }
}
