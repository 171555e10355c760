package dev.limpet.proxy.exchange;

import dev.limpet.balancing.Shares;
import dev.limpet.balancing.affinity.IdSource;
import dev.limpet.balancing.affinity.SessionKeys;
import dev.limpet.model.settings.Action.Share;
import dev.limpet.model.settings.AffinityRule;
import dev.limpet.model.state.SessionKey;
import dev.limpet.proxy.affinity.ClientSession;
import dev.limpet.proxy.affinity.OwnCookie;
import dev.limpet.proxy.servers.AffinityRules;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Finds one request its upstream, where a route has several: the one that knows the client, else
 * one by weight. A client that cannot be known again by then gets one at random; for others it
 * follows from the client's id, or else address, so that all nodes choose the same. On the loop of
 * the client's connection.
 */
final class UpstreamChoice implements ClientSession.Follower {

  /** Hears of the choice, once. */
  interface Taker {

    /**
     * @param recognized whether the session has been asked whom it knows
     */
    void onUpstream(ClientSession session, boolean recognized);
  }

  private static final SessionKeys KEYS = new SessionKeys("", "share", "");

  private final DataPlane plane;
  private final List<Share> shares;
  private final Taker taker;
  private final List<ClientSession> sessions;
  private int asked;

  /**
   * @param session makes the client's session at an upstream
   */
  UpstreamChoice(
      DataPlane plane, List<Share> shares, Function<String, ClientSession> session, Taker taker) {
    this.plane = plane;
    this.shares = shares;
    this.taker = taker;
    this.sessions = new ArrayList<>(shares.size());
    for (Share share : shares) {
      sessions.add(session.apply(share.upstream()));
    }
  }

  void begin() {
    // Other ids may be several clients', an address above all; a cookie is one's.
    for (ClientSession session : sessions) {
      if (bringsOwnCookie(session)) {
        taker.onUpstream(session, false);
        return;
      }
    }
    sessions.getFirst().recognize(this);
  }

  @Override
  public void onRecognized() {
    ClientSession session = sessions.get(asked);
    if (session.place() != null) {
      taker.onUpstream(session, true);
      return;
    }
    asked++;
    if (asked < sessions.size()) {
      sessions.get(asked).recognize(this);
    } else {
      taker.onUpstream(sessions.get(Shares.choose(key(), shares)), true);
    }
  }

  @Override
  public void onAgreed() {
    throw new IllegalStateException("nothing has been settled");
  }

  private SessionKey key() {
    boolean byAddress = false;
    for (ClientSession session : sessions) {
      AffinityRules affinity = session.group().affinity();
      String id = lastingId(session);
      if (id != null) {
        return KEYS.of(id);
      }
      byAddress |= affinity.cookie() == null && !affinity.sources().isEmpty();
    }
    if (byAddress) {
      return KEYS.of(sessions.getFirst().requested().address());
    }
    ThreadLocalRandom random = ThreadLocalRandom.current();
    return new SessionKey(random.nextLong(), random.nextLong());
  }

  /** Whether the request has a cookie of ours that was made for this upstream, and is valid. */
  private boolean bringsOwnCookie(ClientSession session) {
    for (IdSource source : session.group().affinity().sources()) {
      if (source.rule() instanceof AffinityRule.Cookie settings) {
        OwnCookie cookie = new OwnCookie(plane.sessions(), session.group());
        return source.ids(session.requested()).stream()
            .anyMatch(id -> cookie.read(settings, id) != null);
      }
    }
    return false;
  }

  /**
   * The first id of the client but for our own cookie, which may be another upstream's; or null.
   */
  private static @Nullable String lastingId(ClientSession session) {
    for (IdSource source : session.group().affinity().sources()) {
      String id =
          source.rule() instanceof AffinityRule.Cookie ? null : source.id(session.requested());
      if (id != null) {
        return id;
      }
    }
    return null;
  }
}
