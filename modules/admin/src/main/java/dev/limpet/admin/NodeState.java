package dev.limpet.admin;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.state.ClusterSnapshot;
import dev.limpet.model.state.Ejection;
import dev.limpet.model.state.ServerState;
import dev.limpet.model.state.Traffic;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The answer to {@code GET /api/v1/state}. */
public record NodeState(
    Self node,
    List<ClusterSnapshot.Node> members,
    Map<String, Upstream> upstreams,
    Sessions sessions,
    Changes changes) {

  /**
   * This node.
   *
   * @param room for clients' connections
   */
  public record Self(
      String name,
      boolean ready,
      boolean degraded,
      String waitingFor,
      long uptimeSeconds,
      long requests,
      int connections,
      Traffic.Room room) {}

  /** An upstream's servers, and what they could not take at once. */
  public record Upstream(List<Server> servers, @JsonUnwrapped Traffic.Upstream traffic) {}

  /**
   * One server.
   *
   * @param health up, suspect or dead, as the cluster sees it; one that is ejected is suspect
   * @param reason why it is not up: which check failed and how, or what clients met; else empty
   * @param state up, drain or down, as operators want it
   * @param ejected null if it is not
   * @param active requests and tunnels under way at it, from this node
   * @param elsewhere those of the other nodes, as far as they last
   * @param inUse whether requests are under way, or were within the last seconds; from other nodes,
   *     as far as it gets no new clients
   */
  public record Server(
      String id,
      String address,
      int weight,
      String health,
      String reason,
      String state,
      @Nullable Ejected ejected,
      int active,
      int elsewhere,
      boolean inUse) {}

  /**
   * The ejection of a server: it gets no new clients for a time though it passes its checks.
   *
   * @param until milliseconds since 1970, by the cluster's time
   * @param times how often by now, not counting what time has forgiven
   */
  public record Ejected(String reason, long until, int times) {}

  /**
   * Sessions in the table: learned ones, and those that left the server that their cookie names.
   */
  public record Sessions(long table) {}

  /**
   * Changes made at run time.
   *
   * @param trouble what keeps this node from writing them down; empty if nothing
   */
  public record Changes(String trouble) {}

  static NodeState of(
      String name,
      ClusterSnapshot.Readiness readiness,
      ClusterSnapshot snapshot,
      Traffic traffic,
      long sessions,
      String trouble,
      long uptimeSeconds) {
    Map<String, Upstream> upstreams = new TreeMap<>();
    snapshot
        .servers()
        .forEach(
            (upstream, servers) ->
                upstreams.put(
                    upstream,
                    new Upstream(
                        servers.stream().map(state -> server(state, snapshot, traffic)).toList(),
                        traffic.upstreams().getOrDefault(upstream, Traffic.Upstream.NONE))));
    return new NodeState(
        new Self(
            name,
            readiness.ready(),
            readiness.degraded(),
            readiness.waitingFor(),
            uptimeSeconds,
            traffic.requests(),
            traffic.connections(),
            traffic.room()),
        snapshot.nodes(),
        upstreams,
        new Sessions(sessions),
        new Changes(trouble));
  }

  private static Server server(ServerState state, ClusterSnapshot snapshot, Traffic traffic) {
    ServerId id = state.server().id();
    int elsewhere = snapshot.elsewhere().getOrDefault(id.value(), 0);
    return new Server(
        id.value(),
        state.server().address().toString(),
        state.server().weight(),
        state.verdict().name().toLowerCase(Locale.ROOT),
        state.ejection().map(Ejection::detail).orElse(state.reason()),
        state.adminState().name().toLowerCase(Locale.ROOT),
        state
            .ejection()
            .map(ejection -> new Ejected(ejection.detail(), ejection.until(), ejection.times()))
            .orElse(null),
        traffic.activeRequests().getOrDefault(id, 0),
        elsewhere,
        elsewhere > 0 || traffic.inUse().contains(id));
  }
}
