package dev.limpet.proxy;

import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpRequest;
import dev.limpet.balancing.Backend;
import dev.limpet.balancing.CookieHeader;
import dev.limpet.balancing.Rendezvous;
import dev.limpet.balancing.SessionCookie;
import dev.limpet.model.Placement;
import dev.limpet.model.Settings;
import dev.limpet.proxy.accesslog.AffinityVerdict;
import dev.limpet.proxy.accesslog.Entry;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** What binds the client of one request to a server of one upstream, and what it is told of it. */
final class ClientSession {

  private final DataPlane plane;
  private final UpstreamGroup group;
  private final Entry log;
  private @Nullable SessionCookie session;
  private boolean setCookie;

  ClientSession(DataPlane plane, UpstreamGroup group, Entry log) {
    this.plane = plane;
    this.group = group;
    this.log = log;
  }

  /** Where the client belongs by its cookie, or by what the cluster agreed on later; null if new. */
  @Nullable Placement find(HttpRequest request) {
    SessionCookie cookie = cookie(request);
    if (cookie == null) {
      return null;
    }
    session = new SessionCookie(cookie.key(), newest(cookie), cookie.issuedAt());
    log.affinity(AffinityVerdict.KEPT);
    return session.placement();
  }

  /** Whether no client has heard of it yet, so that it may still be placed anywhere. */
  boolean isNew() {
    return session == null || session.issuedAt() == DataPlane.NOT_ISSUED;
  }

  /** Where a client that is not new belongs. */
  Placement placement() {
    return current().placement();
  }

  /** Binds a new client. */
  void begin(Backend backend) {
    if (group.settings().affinity().cookie().isPresent()) {
      session = plane.newSession(backend);
      log.affinity(AffinityVerdict.NEW);
      setCookie = true;
    }
  }

  /** The server among the candidates that every node would choose for this session. */
  @Nullable Backend nextHome(List<Backend> candidates) {
    return session == null ? null : Rendezvous.choose(session.key(), candidates);
  }

  /**
   * The client's server is gone: the cluster agrees on another one, once.
   *
   * @return another than {@code next} if a node has moved the session already
   */
  CompletionStage<Placement> move(List<Backend> candidates, Backend next) {
    SessionCookie lost = current();
    Settings.Affinity affinity = group.settings().affinity();
    Duration ttl = affinity.cookie().map(Settings.Cookie::ttl).orElse(Duration.ofHours(1));
    return plane
        .sessions()
        .move(
            lost.key(),
            lost.placement(),
            hash -> candidates.stream().anyMatch(candidate -> candidate.hash() == hash),
            key -> next.hash(),
            ttl,
            affinity.replicate());
  }

  void moved(Placement place) {
    SessionCookie lost = current();
    session = new SessionCookie(lost.key(), place, lost.issuedAt());
    log.affinity(AffinityVerdict.MOVED);
    setCookie = true;
  }

  /** What the client has to be told. */
  List<HttpHeader> headers(boolean secure) {
    SessionCookie known = session;
    if (!setCookie || known == null) {
      return List.of();
    }
    Settings.Cookie cookie = group.settings().affinity().cookie().orElseThrow();
    SessionCookie issued = new SessionCookie(known.key(), known.placement(), plane.nowSeconds());
    String value = group.snapshot().cookies().encode(issued);
    return List.of(Responses.setCookie(CookieHeader.setCookie(cookie, value, secure)));
  }

  private SessionCookie current() {
    return Objects.requireNonNull(session, "a client without a session has nothing to move");
  }

  private @Nullable SessionCookie cookie(HttpRequest request) {
    Settings.Cookie settings = group.settings().affinity().cookie().orElse(null);
    String cookies = settings == null ? null : Headers.find(request, "cookie");
    if (settings == null || cookies == null) {
      return null;
    }
    String value = CookieHeader.find(cookies, settings.name());
    SessionCookie found = value == null ? null : group.snapshot().cookies().decode(value);
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

  private Placement newest(SessionCookie cookie) {
    Placement known = plane.sessions().lookup(cookie.key());
    Placement own = cookie.placement();
    if (known == null || known.version() <= own.version()) {
      return own;
    }
    setCookie = true;
    return known;
  }
}
