package dev.limpet.admin.live;

import dev.limpet.model.changes.Overlay;
import dev.limpet.model.changes.SettingPath;
import dev.limpet.model.settings.BalancingMethod;
import dev.limpet.model.settings.Discovery;
import dev.limpet.model.settings.Server;
import dev.limpet.model.settings.ServerOptions;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.ClusterSnapshot;
import dev.limpet.model.state.Ejection;
import dev.limpet.model.state.ServerState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Makes {@link LiveView}s of what this node knows of the cluster, and what all nodes report. */
final class LiveViews {

  private static final String PRESENT = "present";

  private final Surroundings node;
  private final ServerTimes times;

  LiveViews(Surroundings node, ServerTimes times) {
    this.node = node;
    this.times = times;
  }

  LiveView view(ClusterSnapshot snapshot, Reports reports) {
    Map<String, NodeReport.Upstream> upstreams = reports.upstreams();
    return new LiveView(
        node.cluster().millis(),
        node.name(),
        Sampler.WINDOW.toSeconds(),
        reports.members().stream().map(LiveViews::node).toList(),
        LiveView.Figures.of(reports.total()),
        sessions(reports, upstreams),
        upstreams(snapshot, reports, upstreams),
        reports.routes().stream()
            .map(
                route ->
                    new LiveView.Route(
                        route.listener(),
                        route.route(),
                        route.upstream(),
                        LiveView.Figures.of(route.tally())))
            .toList(),
        reports.listeners());
  }

  private static LiveView.Node node(Reports.OfMember known) {
    ClusterSnapshot.Node member = known.member();
    NodeReport report = known.report();
    NodeReport.Facts facts = report == null ? null : report.facts();
    return new LiveView.Node(
        member.name(),
        member.address(),
        member.status(),
        member.reachable(),
        member.votes(),
        member.self(),
        known.answers(),
        report == null || facts == null ? null : told(report, facts, known.age()));
  }

  private static LiveView.Told told(NodeReport report, NodeReport.Facts facts, double age) {
    Tally whole =
        Reports.whole(
            report.routes().stream().map(NodeReport.Route::tally).toList(), report.servers());
    return new LiveView.Told(
        age,
        facts.ready(),
        facts.degraded(),
        facts.waitingFor(),
        facts.version(),
        facts.uptime(),
        facts.cpu(),
        facts.heapUsed(),
        facts.heapMax(),
        LiveView.Latency.of(report.loopLag()),
        facts.connections(),
        facts.sessions(),
        report.upstreams().stream().mapToLong(NodeReport.Upstream::tunnels).sum(),
        facts.synced(),
        facts.replicationLag(),
        facts.journal(),
        LiveView.Figures.of(report.warm() ? whole.known() : whole));
  }

  private LiveView.Sessions sessions(Reports reports, Map<String, NodeReport.Upstream> upstreams) {
    List<NodeReport.Facts> all = new ArrayList<>();
    boolean agreement = true;
    for (Reports.OfMember member : reports.members()) {
      NodeReport.Facts facts = member.report() == null ? null : member.report().facts();
      if (facts != null) {
        all.add(facts);
        agreement &= facts.synced() || !member.answers();
      }
    }
    return new LiveView.Sessions(
        node.cluster().sessions().size(),
        all.stream().mapToLong(NodeReport.Facts::placed).sum(),
        upstreams.values().stream()
            .mapToLong(upstream -> upstream.affinity().getOrDefault("moved", 0L))
            .sum(),
        all.stream().mapToLong(NodeReport.Facts::bound).sum(),
        agreement);
  }

  private List<LiveView.Upstream> upstreams(
      ClusterSnapshot snapshot, Reports reports, Map<String, NodeReport.Upstream> upstreams) {
    Settings settings = node.settings().get();
    Overlay overlay = node.changes().overlay();
    Map<String, NodeReport.Server> servers = reports.servers();
    List<NodeReport.Route> routes = reports.routes();
    Map<String, Map<String, LiveView.ByNode>> byNode = byNode(reports);
    List<LiveView.Upstream> views = new ArrayList<>();
    snapshot
        .servers()
        .forEach(
            (name, states) -> {
              Settings.Upstream settled = settings.upstreams().get(name);
              NodeReport.Upstream figures =
                  Objects.requireNonNullElse(upstreams.get(name), NodeReport.Upstream.none(name));
              List<Tally> asked =
                  routes.stream()
                      .filter(route -> route.upstream().equals(name))
                      .map(NodeReport.Route::tally)
                      .toList();
              List<NodeReport.Server> its =
                  servers.values().stream()
                      .filter(server -> server.upstream().equals(name))
                      .toList();
              views.add(
                  new LiveView.Upstream(
                      name,
                      settled == null ? null : balance(settled.balancing().method()),
                      LiveView.Figures.of(Reports.whole(asked, its)),
                      figures.queued(),
                      LiveView.Latency.of(figures.queueWait()),
                      figures.retries(),
                      figures.affinity(),
                      figures.rules(),
                      figures.moves(),
                      figures.tunnels(),
                      states.stream()
                          .map(
                              state ->
                                  server(
                                      state,
                                      source(settled, overlay, name, state),
                                      servers.get(state.server().id().value()),
                                      byNode.getOrDefault(state.server().id().value(), Map.of())))
                          .toList()));
            });
    views.sort((one, other) -> one.name().compareTo(other.name()));
    return views;
  }

  private LiveView.Server server(
      ServerState state,
      String source,
      NodeReport.@Nullable Server figures,
      Map<String, LiveView.ByNode> byNode) {
    Server server = state.server();
    return new LiveView.Server(
        server.id().value(),
        server.address().toString(),
        server.weight(),
        server.options().backup() != ServerOptions.Backup.OFF,
        server.options().zone(),
        source,
        state.verdict().name().toLowerCase(Locale.ROOT),
        state.ejection().map(Ejection::detail).orElse(state.reason()),
        state.adminState().name().toLowerCase(Locale.ROOT),
        state
            .ejection()
            .map(
                ejected -> new LiveView.Ejected(ejected.detail(), ejected.until(), ejected.times()))
            .orElse(null),
        times.slowStart(server),
        times.since(server.id()),
        server.maxConnections(),
        LiveView.Figures.of(figures == null ? Tally.NONE.known() : figures.tally()),
        figures == null ? null : LiveView.Latency.of(figures.connect()),
        figures == null ? null : LiveView.Latency.of(figures.firstByte()),
        byNode);
  }

  /** What each node that answers does at each server, by its id. */
  private static Map<String, Map<String, LiveView.ByNode>> byNode(Reports reports) {
    Map<String, Map<String, LiveView.ByNode>> all = new HashMap<>();
    for (Reports.OfMember member : reports.members()) {
      for (NodeReport.Server server : member.servers()) {
        Rate rate = server.tally().rate();
        if (rate != null) {
          all.computeIfAbsent(server.id(), id -> new TreeMap<>())
              .put(
                  member.member().name(),
                  new LiveView.ByNode(rate.requests(), rate.errors(), server.tally().active()));
        }
      }
    }
    return all;
  }

  /** Who has named it: one that the settings do not list was found. */
  private static String source(
      Settings.@Nullable Upstream upstream, Overlay overlay, String name, ServerState state) {
    String id = state.server().id().value().substring(name.length() + 1);
    if (overlay.json(SettingPath.server(name, id).child(PRESENT)) != null) {
      return "api";
    }
    if (upstream == null
        || upstream.discovery().isEmpty()
        || upstream.servers().stream()
            .anyMatch(server -> server.id().equals(state.server().id()))) {
      return "file";
    }
    return switch (upstream.discovery().get()) {
      case Discovery.Dns _ -> "dns";
      case Discovery.Kubernetes _ -> "kubernetes";
    };
  }

  /** As the settings have it. */
  private static String balance(BalancingMethod method) {
    return switch (method) {
      case BalancingMethod.RoundRobin m -> "round-robin";
      case BalancingMethod.LeastConnections m -> "least-connections";
      case BalancingMethod.LeastTime m -> "least-time";
      case BalancingMethod.RandomTwo m -> "random-two";
      case BalancingMethod.IpHash m -> "ip-hash";
      case BalancingMethod.Hash m -> "hash";
    };
  }
}
