package dev.limpet.proxy.affinity;

import akka.http.javadsl.model.HttpHeader;
import dev.limpet.balancing.Backend;
import dev.limpet.balancing.affinity.CookieCodec;
import dev.limpet.balancing.affinity.SessionCookie;
import dev.limpet.balancing.request.CookieHeader;
import dev.limpet.model.settings.AffinityRule;
import dev.limpet.model.state.Placement;
import dev.limpet.proxy.message.Responses;
import dev.limpet.proxy.servers.Upstream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Limpet's own cookie in one request and its response. */
final class OwnCookie {

  private final NodeSessions sessions;
  private final Upstream upstream;
  private @Nullable SessionCookie session;
  private boolean set;

  OwnCookie(NodeSessions sessions, Upstream upstream) {
    this.sessions = sessions;
    this.upstream = upstream;
  }

  /**
   * @return null for what we have not signed, and for what is too old
   */
  @Nullable SessionCookie read(AffinityRule.Cookie settings, String value) {
    SessionCookie found = upstream.snapshot().cookies().decode(value);
    if (found == null) {
      return null;
    }
    long age = sessions.nowSeconds() - found.issuedAt();
    long ttl = settings.ttl().toSeconds();
    if (age > ttl) {
      return null;
    }
    // A client that keeps coming stays where it is: a quarter of the time to live is exact enough.
    set = age > ttl / 4;
    session = found;
    return found;
  }

  /** For a new client. */
  void issue(Backend backend) {
    session = sessions.create(backend);
    set = true;
  }

  /** The client has to be told if its session is somewhere else than the cookie says. */
  void hear(Placement placement) {
    SessionCookie known = session;
    if (known != null && !placement.equals(known.placement())) {
      session = new SessionCookie(known.key(), placement, known.issuedAt());
      set = true;
    }
  }

  /**
   * The header lines that tell the client of its cookie. Where this node has no key yet, the client
   * is served all the same, and its session begins with a later answer.
   */
  List<HttpHeader> headers(boolean secure) {
    AffinityRule.Cookie settings = upstream.affinity().cookie();
    CookieCodec cookies = upstream.snapshot().cookies();
    SessionCookie known = session;
    if (!set || known == null || settings == null || !cookies.canSign()) {
      return List.of();
    }
    SessionCookie issued = new SessionCookie(known.key(), known.placement(), sessions.nowSeconds());
    String value = cookies.encode(issued);
    return List.of(Responses.setCookie(CookieHeader.setCookie(settings, value, secure)));
  }
}
