package dev.limpet.admin.metrics;

import dev.limpet.cluster.ClusterNode;
import dev.limpet.model.settings.AdminState;
import dev.limpet.model.state.ClusterSnapshot;
import dev.limpet.model.state.Health;
import dev.limpet.model.state.ServerState;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.Locale;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The servers one by one as the cluster sees them, this node's checks of them, and the members. */
final class ClusterMetrics implements MultiCollector {

  private final ClusterNode cluster;

  ClusterMetrics(ClusterNode cluster) {
    this.cluster = cluster;
  }

  @Override
  public MetricSnapshots collect() {
    Families families = new Families();
    ClusterSnapshot now = cluster.snapshot();
    now.servers()
        .forEach(
            (upstream, servers) -> servers.forEach(state -> server(upstream, state, families)));
    cluster
        .checks()
        .all()
        .forEach(
            (server, checks) -> {
              String upstream = server.value().substring(0, server.value().indexOf('/'));
              checks(families, upstream, server.value(), "passed", checks.passed());
              checks(families, upstream, server.value(), "failed", checks.failed());
              checks(families, upstream, server.value(), "unsure", checks.unsure());
            });
    now.nodes().stream()
        .collect(
            Collectors.groupingBy(
                node -> node.reachable() ? node.status() : "unreachable",
                TreeMap::new,
                Collectors.counting()))
        .forEach(
            (status, count) ->
                families.gauge(
                    "limpet_cluster_members",
                    "Members of the cluster by status, as this node sees them",
                    count,
                    "status",
                    status));
    return families.all();
  }

  private static void server(String upstream, ServerState state, Families families) {
    String id = state.server().id().value();
    families.gauge(
        "limpet_server_up",
        "1 if the server is up by the cluster's verdict, 0 if it is suspect or dead",
        state.verdict() == Health.UP ? 1 : 0,
        "upstream",
        upstream,
        "server",
        id);
    for (AdminState one : AdminState.values()) {
      families.gauge(
          "limpet_server_state",
          "1 for the state that operators want the server in",
          state.adminState() == one ? 1 : 0,
          "upstream",
          upstream,
          "server",
          id,
          "state",
          one.name().toLowerCase(Locale.ROOT));
    }
  }

  private static void checks(
      Families families, String upstream, String server, String result, long count) {
    families.counter(
        "limpet_server_checks",
        "Health checks that this node has made, by result",
        count,
        "upstream",
        upstream,
        "server",
        server,
        "result",
        result);
  }
}
