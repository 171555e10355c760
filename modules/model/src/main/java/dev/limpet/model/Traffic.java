package dev.limpet.model;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What passes through one node's data plane now, and has since its start.
 *
 * @param upstreams by name
 * @param activeRequests requests and tunnels under way at each server
 * @param requests taken since start
 * @param connections clients connected now
 * @param accessLogDropped lines of the access log that were never written, since start
 * @param certificates that listeners show to clients
 */
public record Traffic(
    Map<String, Upstream> upstreams,
    Map<BackendId, Integer> activeRequests,
    long requests,
    int connections,
    long accessLogDropped,
    List<Certificate> certificates) {

  /**
   * @param subject as RFC 2253 writes it
   * @param until when it expires
   */
  public record Certificate(String listener, String subject, Instant until) {}

  /**
   * What one upstream's servers could not take at once.
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

    /** Of an upstream that nobody has asked for. */
    public static final Upstream NONE = new Upstream(0, 0, 0, 0, 0, 0, 0, 0);
  }
}
