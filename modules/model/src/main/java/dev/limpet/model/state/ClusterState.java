package dev.limpet.model.state;

import dev.limpet.model.settings.ServerId;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** The cluster as the rest of a node sees it. All methods may be called from any thread. */
public interface ClusterState {

  /** The newest snapshot; does not wait. */
  ClusterSnapshot snapshot();

  /**
   * Calls the listener with the current snapshot and then with each new one, in order, on a thread
   * of the cluster. The listener must not block.
   */
  void subscribe(Consumer<ClusterSnapshot> listener);

  /**
   * Whether this node stood still a moment ago and has not heard yet what has happened meanwhile:
   * servers that are down in the newest snapshot may be up. Cheap enough for the request path.
   */
  boolean isOutdated();

  SessionTable sessions();

  /**
   * The cluster's time in milliseconds since 1970: all nodes have the same to within milliseconds,
   * whatever their wall clocks say.
   */
  long millis();

  /**
   * Tells the cluster that this node could not connect to a server. The nodes that observe the
   * server probe it at once instead of at their next interval. Cheap enough for the request path.
   */
  void reportUnreachable(ServerId server);

  /**
   * Tells the other nodes how many requests of this one last, at each server that has some. To be
   * called once a second.
   */
  void reportLoad(Map<ServerId, Integer> lasting);

  /**
   * Tells the cluster that clients' requests were answered of late at these servers, which checks
   * call suspect: they are not dead.
   */
  void reportAnswered(Set<ServerId> servers);

  /**
   * Tells the cluster that a server should get no new clients for a time. Nothing comes of it while
   * it gets none, and while as many servers are ejected as may be. Cheap enough for the request
   * path.
   *
   * @param detail what was seen, in an operator's words
   */
  void eject(ServerId server, Ejection.Cause cause, String detail);
}
