package dev.limpet.proxy.exchange;

import dev.limpet.balancing.Shares;
import dev.limpet.balancing.affinity.SessionKeys;
import dev.limpet.model.settings.route.Action.Share;
import dev.limpet.model.state.SessionKey;
import dev.limpet.proxy.affinity.ClientSession;
import dev.limpet.proxy.servers.AffinityRules;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Finds one request its upstream, where a route has several: the one that knows the client, else
 * one by weight. A client that cannot be known again by then gets one at random; for others it
 * follows from the client's id, or else address, so that all nodes choose the same. On the loop of
 * the client's connection.
 */
final class UpstreamChoice {

  private static final SessionKeys KEYS = new SessionKeys("", "share", "");

  private final List<Share> shares;
  private final List<ClientSession> sessions;
  private final Consumer<ClientSession> then;
  private int asked;

  /**
   * @param session makes the client's session at an upstream
   * @param then goes on with the session at the upstream that is chosen
   */
  UpstreamChoice(
      List<Share> shares, Function<String, ClientSession> session, Consumer<ClientSession> then) {
    this.shares = shares;
    this.sessions = new ArrayList<>(shares.size());
    for (Share share : shares) {
      sessions.add(session.apply(share.upstream()));
    }
    this.then = then;
  }

  void choose() {
    // Other ids may be several clients', an address above all; a cookie is one's.
    for (ClientSession session : sessions) {
      if (session.bringsOwnCookie()) {
        then.accept(session);
        return;
      }
    }
    sessions.getFirst().recognize(this::chooseIfKnown);
  }

  private void chooseIfKnown() {
    ClientSession session = sessions.get(asked);
    if (session.placement() != null) {
      then.accept(session);
      return;
    }
    asked++;
    if (asked < sessions.size()) {
      sessions.get(asked).recognize(this::chooseIfKnown);
    } else {
      then.accept(sessions.get(Shares.choose(key(), shares)));
    }
  }

  private SessionKey key() {
    boolean byAddress = false;
    for (ClientSession session : sessions) {
      AffinityRules affinity = session.upstream().affinity();
      String id = session.lastingId();
      if (id != null) {
        return KEYS.of(id);
      }
      byAddress |= affinity.cookie() == null && !affinity.sources().isEmpty();
    }
    if (byAddress) {
      return KEYS.of(sessions.getFirst().request().address());
    }
    ThreadLocalRandom random = ThreadLocalRandom.current();
    return new SessionKey(random.nextLong(), random.nextLong());
  }
}
