package dev.limpet.model.state;

import dev.limpet.model.settings.ServerId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Counts of what passes through one node's data plane now, and has since its start.
 *
 * @param upstreams by name
 * @param activeRequests requests and tunnels under way at each server
 * @param inUse the servers at which some are, or were within the last seconds
 * @param requests taken since start
 * @param connections clients connected now
 * @param accessLogDropped lines of the access log that were never written, since start
 * @param room what there is for clients, and what was done without for want of it
 * @param proxyHeadersRefused connections that were to begin with a PROXY header and came from no
 *     trusted proxy, since start
 * @param http2CutOff HTTP/2 clients that were cut off for floods, resets or not taking their
 *     answers, since start
 * @param certificates that listeners show to clients
 */
public record Traffic(
    Map<String, Upstream> upstreams,
    Map<ServerId, Integer> activeRequests,
    Set<ServerId> inUse,
    long requests,
    int connections,
    long accessLogDropped,
    Room room,
    long proxyHeadersRefused,
    long http2CutOff,
    List<Certificate> certificates) {

  /**
   * @param name the first that it is for; where there is none, its subject's (RFC 2253)
   * @param until when it expires
   */
  public record Certificate(String listener, String name, Instant until) {}

  /**
   * Room for clients' connections; counts are since start.
   *
   * @param held bytes that connections hold
   * @param most bytes that they may hold ({@code limits.max-memory})
   * @param files how many clients the process's limit of open files has room for
   * @param closed idle connections that were closed to make room
   * @param cut connections that were cut because they held most while memory was short
   * @param refused new connections that were refused, because memory was short or their address had
   *     too many
   * @param slowed how often reading from a client was stopped because memory was short
   */
  public record Room(
      long held, long most, int files, long closed, long cut, long refused, long slowed) {}

  /**
   * Counts of the requests that one upstream's servers could not take at once.
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
