package dev.limpet.admin.live;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.limpet.model.live.Distribution;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The answer to {@code GET /api/v1/live}. Times are in seconds, instants in milliseconds since 1970
 * by the cluster's time, and rates for each second. What is not known is not there.
 *
 * @param node who has been asked
 * @param window over how many seconds it says how long things took
 * @param total of all nodes; what those do that do not answer is not in it, what they have done is
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record LiveView(
    long time,
    String node,
    long window,
    List<Node> nodes,
    Figures total,
    Sessions sessions,
    List<Upstream> upstreams,
    List<Route> routes,
    List<NodeReport.Listener> listeners) {

  /** As {@link Tally}. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Figures(
      long requests,
      Map<String, Long> responses,
      Map<String, Long> failures,
      long bytesIn,
      long bytesOut,
      long active,
      @Nullable Rate rate,
      @Nullable Latency latency) {

    private static final List<String> CLASSES = List.of("1xx", "2xx", "3xx", "4xx", "5xx");

    static Figures of(Tally tally) {
      Map<String, Long> responses = new TreeMap<>(tally.responses());
      CLASSES.forEach(name -> responses.putIfAbsent(name, 0L));
      return new Figures(
          tally.requests(),
          responses,
          tally.failures(),
          tally.bytesIn(),
          tally.bytesOut(),
          tally.active(),
          tally.rate(),
          Latency.of(tally.latency()));
    }
  }

  /** How long things took. */
  record Latency(long count, double p50, double p90, double p99, double max) {

    /** Null where there was nothing. */
    static @Nullable Latency of(Distribution times) {
      return times.isEmpty()
          ? null
          : new Latency(
              times.count(),
              seconds(times.percentile(0.5)),
              seconds(times.percentile(0.9)),
              seconds(times.percentile(0.99)),
              seconds(times.percentile(1)));
    }

    /** More digits than these are not known. */
    private static double seconds(double nanos) {
      return Math.round(nanos / 100) / 1e7;
    }
  }

  /**
   * A member of the cluster.
   *
   * @param answers whether what it has told is of now, and not the last that it has told
   * @param told null where it has told nothing
   */
  record Node(
      String name,
      String address,
      String status,
      boolean reachable,
      boolean votes,
      boolean self,
      boolean answers,
      @JsonUnwrapped @Nullable Told told) {}

  /**
   * What a member has told of itself.
   *
   * @param age of it, in seconds
   * @param synced whether it holds the session table with a majority
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Told(
      double age,
      boolean ready,
      boolean degraded,
      String waitingFor,
      String version,
      double uptime,
      @Nullable Double cpu,
      long heapUsed,
      long heapMax,
      @Nullable Latency loopLag,
      long connections,
      long sessions,
      long tunnels,
      boolean synced,
      double replicationLag,
      String journal,
      Figures figures) {}

  /**
   * Sessions.
   *
   * @param table in the table of the node that has been asked
   * @param placed at all nodes, since they started; as the others
   * @param agreement whether all nodes that answer hold the table with a majority
   */
  record Sessions(long table, long placed, long moved, long bound, boolean agreement) {}

  /** An upstream. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Upstream(
      String name,
      @Nullable String balance,
      Figures figures,
      long queued,
      @Nullable Latency queueWait,
      Map<String, Long> retries,
      Map<String, Long> affinity,
      Map<String, Long> rules,
      Map<String, Long> moves,
      long tunnels,
      List<Server> servers) {}

  /**
   * A server.
   *
   * @param source file, api, dns or kubernetes
   * @param reason why it is not up; else empty
   * @param slowStart the share of its weight that it gets; null when it is not starting
   * @param since when health, state and ejection have been as they are, as far as the node that has
   *     been asked has seen
   * @param nodes what each node sends to it
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Server(
      String id,
      String address,
      int weight,
      boolean backup,
      String zone,
      String source,
      String health,
      String reason,
      String state,
      @Nullable Ejected ejected,
      @Nullable Double slowStart,
      long since,
      int maxConnections,
      Figures figures,
      @Nullable Latency connect,
      @Nullable Latency firstByte,
      Map<String, ByNode> nodes) {}

  record Ejected(String reason, long until, int times) {}

  /** Requests and errors for each second, and what is under way. */
  record ByNode(double requests, double errors, long active) {}

  record Route(String listener, String route, String upstream, Figures figures) {}
}
