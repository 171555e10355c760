package dev.limpet.model.live;

import dev.limpet.model.settings.ServerId;
import java.util.List;
import java.util.Map;

/**
 * What the data plane of one node has counted and timed since its start. Of names there are only
 * those of the settings, and {@code ""} for what has none: no client can make one.
 *
 * @param loopLag how late event loops came to what was due
 */
public record Figures(
    List<OfRoute> routes,
    List<OfUpstream> upstreams,
    List<OfServer> servers,
    List<OfListener> listeners,
    Distribution loopLag) {

  public static final Figures NONE =
      new Figures(List.of(), List.of(), List.of(), List.of(), Distribution.EMPTY);

  /**
   * Requests of clients that took one route to one upstream.
   *
   * @param route its name; {@code ""} for requests that found none
   * @param upstream {@code ""} where none was asked
   * @param requestBytes of bodies, as far as they were sent on
   * @param responseBytes of bodies, as far as clients took them
   * @param duration from a request's head to the last byte of its response; tunnels are not in it
   * @param exemplars newest first, of requests that were traced
   */
  public record OfRoute(
      String listener,
      String route,
      String upstream,
      List<Responses> responses,
      long requestBytes,
      long responseBytes,
      Distribution duration,
      List<Exemplar> exemplars) {}

  /**
   * How many requests of a method were answered with a status.
   *
   * @param method {@code OTHER} for one that is none of HTTP's own
   * @param code 499 where the client had gone before
   */
  public record Responses(String method, int code, long count) {}

  /**
   * A request that shows what a figure is made of.
   *
   * @param traceId 32 hexadecimal digits
   * @param epochMillis when it ended
   */
  public record Exemplar(String traceId, long nanos, long epochMillis) {}

  /**
   * What has become of the requests to one upstream, whichever server they went to.
   *
   * @param retries by why, in the names of the failure table; {@code status} for an answer that
   *     another server was to give better
   * @param queued requests that wait now
   * @param queueWait of those that have waited, whatever came of it
   * @param tunnels that are open
   * @param affinity requests by what became of their client's session: none, new, kept, moved
   * @param rules requests of clients that have a session, by what it is known by: cookie, learn,
   *     route, header, query, socket-io, ip
   * @param moves moved ones by why: gone, unreachable, full, refused
   */
  public record OfUpstream(
      String upstream,
      Map<String, Long> retries,
      int queued,
      Distribution queueWait,
      int tunnels,
      Map<String, Long> affinity,
      Map<String, Long> rules,
      Map<String, Long> moves) {}

  /**
   * One server's part.
   *
   * @param codes answers by status
   * @param failures attempts without an answer, or with half of one, by cause in the names of the
   *     failure table
   * @param active requests and tunnels under way
   * @param sentBytes of requests' bodies
   * @param receivedBytes of responses' bodies
   * @param connect time to a new connection, TLS included
   * @param firstByte from the request to the head of its response
   * @param response from the request to the end of its response
   */
  public record OfServer(
      String upstream,
      ServerId server,
      Map<Integer, Long> codes,
      Map<String, Long> failures,
      int active,
      long sentBytes,
      long receivedBytes,
      Distribution connect,
      Distribution firstByte,
      Distribution response) {}

  /**
   * One listener's connections.
   *
   * @param accepted since start
   * @param active now
   * @param dropped before they could send a request, for want of room or a PROXY header, since
   *     start
   * @param http2 how many of the active ones speak HTTP/2
   * @param streams requests that have come over HTTP/2, since start
   * @param unreadable what clients have sent that is no request, since start
   * @param handshakes TLS handshakes, since start
   */
  public record OfListener(
      String listener,
      long accepted,
      int active,
      long dropped,
      int http2,
      long streams,
      long unreadable,
      List<Handshakes> handshakes) {}

  /**
   * How many TLS handshakes ended in this way.
   *
   * @param version such as {@code TLSv1.3}; {@code ""} where they did not get so far
   * @param result full, resumed or failed
   */
  public record Handshakes(String version, String result, long count) {}
}
