package dev.limpet.model;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Everything a node is told at start, validated. Made by the settings module from HOCON; the names
 * of the components are the keys of {@code reference.conf}, where each is explained.
 */
public record Settings(
    Node node,
    List<Listener> listeners,
    Map<String, Upstream> upstreams,
    List<VirtualHost> hosts,
    Cluster cluster,
    Optional<Admin> admin,
    Limits limits,
    Log log) {

  /**
   * @param name the node's name in logs, the API and {@code limpet status}
   * @param eventLoops threads that carry traffic, at least 1
   * @param drainTimeout how long a stopping node waits for requests in flight
   */
  public record Node(String name, int eventLoops, Duration drainTimeout) {}

  /**
   * @param maxConnections clients connected at one time; further ones wait in the accept queue
   * @param keepAlive how long a client may be connected without a request under way
   */
  public record Listener(String name, HostPort bind, int maxConnections, Duration keepAlive) {}

  public record Upstream(
      String name,
      List<Server> servers,
      Balance balance,
      Affinity affinity,
      HealthCheck health,
      Timeouts timeouts,
      Retries retries) {}

  public enum Balance {
    ROUND_ROBIN,
    LEAST_CONNECTIONS
  }

  /**
   * @param cookie the session cookie, or empty where clients are not bound to a server
   * @param replicate whether a moved session is written to a majority before the client hears of it
   */
  public record Affinity(Optional<Cookie> cookie, Replicate replicate) {}

  public enum Replicate {
    QUORUM,
    ASYNC
  }

  /**
   * @param ttl how long a client stays bound after its last request, to within a quarter
   * @param domain empty for a host-only cookie
   * @param secure AUTO adds {@code Secure} where the client came by TLS
   */
  public record Cookie(
      String name,
      Duration ttl,
      String path,
      String domain,
      SameSite sameSite,
      Secure secure,
      boolean httpOnly) {}

  public enum SameSite {
    LAX,
    STRICT,
    NONE
  }

  public enum Secure {
    AUTO,
    ON,
    OFF
  }

  /**
   * Active HTTP checks.
   *
   * @param fails consecutive failures after which an observer calls the server down
   * @param passes consecutive successes after which it calls it up again
   * @param observers how many nodes probe each server; the majority of their verdicts counts
   * @param statusFrom lowest status that passes
   * @param statusTo highest status that passes
   */
  public record HealthCheck(
      boolean enabled,
      Duration interval,
      Duration timeout,
      int fails,
      int passes,
      String path,
      int observers,
      int statusFrom,
      int statusTo) {}

  /**
   * @param connect until the TCP connection stands
   * @param firstByte from the end of the request to the first byte of the response head
   * @param idle without a byte in either direction while a body is under way
   * @param keepAlive how long an idle connection to a server is kept
   */
  public record Timeouts(
      Duration connect, Duration firstByte, Duration idle, Duration keepAlive) {}

  /**
   * @param attempts how often a request is sent on new connections to a server that closes them, at
   *     least 1
   */
  public record Retries(int attempts) {}

  /**
   * @param names host names, wildcards such as {@code *.example.com}, or {@code *}
   * @param listeners the listeners it answers on; empty for all of them
   */
  public record VirtualHost(List<String> names, List<String> listeners, List<Route> routes) {}

  public record Route(PathMatch path, Action action) {}

  /** Which paths a route takes; the precedence is nginx's. */
  public sealed interface PathMatch {
    /** {@code = /x}: this path and no other. */
    record Exact(String path) implements PathMatch {}

    /**
     * {@code /x} or {@code ^~ /x}: every path that starts with it; the longest wins.
     *
     * @param beforeRegex {@code ^~}: regular expressions are not tried when this is the longest
     */
    record Prefix(String prefix, boolean beforeRegex) implements PathMatch {}

    /** {@code ~ re} or {@code ~* re}: the first in order that is found in the path. */
    record Regex(Pattern pattern) implements PathMatch {}
  }

  /** What a route does with its requests. */
  public sealed interface Action {
    /** Send it to a server of this upstream. */
    record Forward(String upstream) implements Action {}

    /**
     * Answer with a Location.
     *
     * @param to may hold {@code {host}}, {@code {path}}, {@code {query}} (with its question mark)
     *     and {@code {uri}} (path and query)
     * @param status 301, 302, 303, 307 or 308
     */
    record Redirect(String to, int status) implements Action {}
  }

  /**
   * @param bind where the other nodes reach this one
   * @param peers all nodes of the cluster, this one included; just this one for a cluster of one
   * @param joinTimeout after this long without being Ready, a starting node serves all the same
   */
  public record Cluster(HostPort bind, List<HostPort> peers, Duration joinTimeout) {}

  public record Admin(HostPort bind) {}

  /**
   * What a client may send.
   *
   * @param maxHeaderSize bytes of one header value
   * @param maxHeaderCount header lines of a request
   * @param maxTargetSize bytes of the request target
   * @param maxBodySize bytes of a request body; 0 means any number
   */
  public record Limits(int maxHeaderSize, int maxHeaderCount, int maxTargetSize, long maxBodySize) {}

  /**
   * @param json one JSON object a line instead of text
   * @param level error, warn, info, debug or trace
   */
  public record Log(boolean json, String level) {}
}
