package dev.limpet.admin;

import dev.limpet.model.BackendId;
import java.util.Map;

/**
 * What a node counts.
 *
 * @param upstreams by name
 * @param activeRequests requests and tunnels under way at each server, from this node
 * @param requests taken since start
 * @param connections clients connected now
 * @param sessions entries of the session table
 */
public record LiveNumbers(
    Map<String, Upstream> upstreams,
    Map<BackendId, Integer> activeRequests,
    long requests,
    int connections,
    long sessions) {

  /**
   * What one upstream's servers could not take at once, at this node.
   *
   * @param waiting requests that wait now, because servers are full
   * @param queueFull requests that were refused because too many waited
   * @param queueTimeouts requests that waited for too long
   * @param retries requests that were sent to a server once more
   * @param retriesRefused those that were not, because the budget was used up
   * @param requestsRefused requests that were refused because {@code max-requests} were under way
   * @param mirrored copies of requests that were answered
   * @param unmirrored requests of which there should have been such a copy, and is none
   */
  public record Upstream(
      int waiting,
      long queueFull,
      long queueTimeouts,
      long retries,
      long retriesRefused,
      long requestsRefused,
      long mirrored,
      long unmirrored) {

    static final Upstream QUIET = new Upstream(0, 0, 0, 0, 0, 0, 0, 0);
  }
}
