package dev.limpet.cluster.state;

import dev.limpet.model.settings.AdminState;
import dev.limpet.model.settings.Server;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.ClusterSnapshot;
import dev.limpet.model.state.Ejection;
import dev.limpet.model.state.Health;
import dev.limpet.model.state.ServerState;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Tells an operator, in the log, how the cluster changes. One thread at a time. */
public final class ChangeLog {

  private static final Logger LOG = LoggerFactory.getLogger(ChangeLog.class);

  /** Fields of the log as JSON. */
  private static final String EVENT = "event";

  private static final String SUBJECT = "subject";

  /** Changes reach the nodes one after the other: so long their settings may well differ. */
  private static final long LASTING_MILLIS = 5_000;

  /** When each difference was seen first, by the cluster's time. */
  private final Map<String, Long> differences = new HashMap<>();

  /** Those that have been told. */
  private final Set<String> told = new HashSet<>();

  /**
   * @param self this node's unique address
   * @param leaving whether this node is about to stop, and other nodes may well be gone
   * @param millis the cluster's time
   */
  void tell(
      ClusterView before,
      ClusterView now,
      Settings settings,
      String self,
      boolean leaving,
      long millis) {
    tellOfServers(before, now);
    now.snapshot().servers().keySet().forEach(name -> tellIfNoneIsLeft(name, before, now));
    tellOfNodes(before.snapshot(), now.snapshot(), leaving);
    tellIfDegraded(before.snapshot().readiness(), now.snapshot().readiness(), leaving);
    if (!now.declared().equals(before.declared())) {
      Set<String> differ = Differences.of(now.declared(), self, settings);
      differences.keySet().retainAll(differ);
      told.retainAll(differ);
      differ.forEach(line -> differences.putIfAbsent(line, millis));
    }
  }

  private static void tellOfServers(ClusterView before, ClusterView now) {
    Map<Server, ServerState> known = new HashMap<>();
    before.states().forEach(state -> known.put(state.server(), state));
    for (ServerState state : now.states()) {
      ServerState old = known.get(state.server());
      Health last = old == null ? Health.UP : old.health();
      if (last != state.health()) {
        LOG.atLevel(state.health() == Health.UP ? Level.INFO : Level.WARN)
            .addKeyValue(EVENT, kind(state.health()))
            .addKeyValue(SUBJECT, state.server().id())
            .log("server {} is {}", state.server().id(), inWords(state));
      }
      Optional<Ejection> ejected = old == null ? Optional.empty() : old.ejection();
      if (ejected.isEmpty() && state.ejection().isPresent()) {
        Ejection ejection = state.ejection().get();
        LOG.atWarn()
            .addKeyValue(EVENT, "server-ejected")
            .addKeyValue(SUBJECT, state.server().id())
            .log(
                "server {} is suspect: ejected for {} ms: {}; it gets no new clients",
                state.server().id(),
                ejection.until() - ejection.since(),
                ejection.detail());
      } else if (ejected.isPresent() && state.ejection().isEmpty()) {
        LOG.atInfo()
            .addKeyValue(EVENT, "server-back")
            .addKeyValue(SUBJECT, state.server().id())
            .log("server {} is not ejected any more", state.server().id());
      }
    }
  }

  /** As soon as the node serves: before, it may not have heard of all servers. */
  private static void tellIfNoneIsLeft(String upstream, ClusterView before, ClusterView now) {
    boolean lacked = lacksServers(before, upstream);
    List<ServerState> servers = now.snapshot().servers().getOrDefault(upstream, List.of());
    if (!lacked && lacksServers(now, upstream)) {
      if (servers.isEmpty()) {
        LOG.error("upstream {} has no servers", upstream);
      } else {
        LOG.atError()
            .addKeyValue(EVENT, "upstream-down")
            .addKeyValue(SUBJECT, upstream)
            .log("upstream {} has no server that is up: {}", upstream, inWords(servers));
      }
    } else if (lacked && servers.stream().anyMatch(ServerState::isOpen)) {
      LOG.atInfo()
          .addKeyValue(EVENT, "upstream-up")
          .addKeyValue(SUBJECT, upstream)
          .log("upstream {} has servers again", upstream);
    }
  }

  private static boolean lacksServers(ClusterView view, String upstream) {
    return view.snapshot().readiness().ready()
        && view.snapshot().servers().getOrDefault(upstream, List.of()).stream()
            .noneMatch(ServerState::isOpen);
  }

  private static void tellOfNodes(ClusterSnapshot before, ClusterSnapshot now, boolean leaving) {
    for (ClusterSnapshot.Node node : now.nodes()) {
      if (before.nodes().stream().noneMatch(node::isAs)) {
        LOG.atLevel(node.reachable() || leaving ? Level.INFO : Level.WARN)
            .addKeyValue(EVENT, node.reachable() ? "node-" + node.status() : "node-unreachable")
            .addKeyValue(SUBJECT, node.name())
            .log(
                "node {} ({}) is {}{}",
                node.name(),
                node.address(),
                node.status(),
                node.reachable() ? "" : ", unreachable");
      }
    }
  }

  private static void tellIfDegraded(
      ClusterSnapshot.Readiness before, ClusterSnapshot.Readiness now, boolean leaving) {
    if (now.degraded() && !before.degraded() && !leaving) {
      LOG.warn(
          "degraded: ready all the same, though waiting for {}: sessions that begin or move now may be"
              + " placed again when there is a majority",
          now.waitingFor());
    } else if (before.degraded() && !now.degraded()) {
      LOG.info("not degraded any more");
    }
  }

  /**
   * Tells of differences that last. To be called about once a second.
   *
   * @param millis the cluster's time
   */
  void tellDifferences(long millis) {
    differences.forEach(
        (line, since) -> {
          if (millis - since >= LASTING_MILLIS && told.add(line)) {
            LOG.warn(line);
          }
        });
  }

  private static String inWords(List<ServerState> servers) {
    return servers.stream()
        .map(
            state ->
                state.server().id()
                    + " "
                    + (state.adminState() == AdminState.UP ? state.health() : state.adminState())
                        .toString()
                        .toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(", "));
  }

  private static String kind(Health health) {
    return switch (health) {
      case UP -> "server-up";
      case SUSPECT -> "server-suspect";
      case DEAD -> "server-down";
    };
  }

  private static String inWords(ServerState state) {
    return switch (state.health()) {
      case UP -> "up";
      case SUSPECT -> "suspect: " + state.reason() + "; it gets no new clients";
      case DEAD -> "dead: " + state.reason() + "; its sessions move";
    };
  }
}
