package dev.limpet.proxy.affinity;

import dev.limpet.balancing.Backend;
import dev.limpet.balancing.affinity.SessionCookie;
import dev.limpet.model.state.ClusterState;
import dev.limpet.model.state.Placement;
import dev.limpet.model.state.SessionKey;
import dev.limpet.model.state.SessionTable;
import java.util.concurrent.ThreadLocalRandom;

/** All clients' sessions as this node sees them. Safe for any thread. */
public final class NodeSessions {

  private final ClusterState cluster;
  private final UnknownIds unknownIds = new UnknownIds();

  public NodeSessions(ClusterState cluster) {
    this.cluster = cluster;
  }

  SessionTable table() {
    return cluster.sessions();
  }

  UnknownIds unknownIds() {
    return unknownIds;
  }

  /**
   * A session of a client that has none yet. Its key needs to be unique, not secret: it is signed.
   */
  SessionCookie create(Backend backend) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    SessionKey key = new SessionKey(random.nextLong(), random.nextLong());
    return new SessionCookie(key, new Placement(backend.hash(), 0), nowSeconds());
  }

  /** The cluster's time, so that all nodes agree on how old a cookie is. */
  long nowSeconds() {
    return cluster.millis() / 1000;
  }
}
