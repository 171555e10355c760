package dev.limpet.admin.events;

import static dev.limpet.model.live.Event.Severity.ERROR;
import static dev.limpet.model.live.Event.Severity.INFO;
import static dev.limpet.model.live.Event.Severity.WARNING;

import dev.limpet.model.settings.ServerId;
import dev.limpet.model.state.ClusterSnapshot;
import dev.limpet.model.state.Health;
import dev.limpet.model.state.ServerState;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Notices how the cluster changes. On a thread of the cluster, one at a time. */
final class ClusterEvents implements Consumer<ClusterSnapshot> {

  private static final Set<String> GOING = Set.of("leaving", "exiting");

  private final Reporter reporter;
  private final String self;
  private @Nullable ClusterSnapshot before;

  /**
   * @param self this node's name
   */
  ClusterEvents(Reporter reporter, String self) {
    this.reporter = reporter;
    this.self = self;
  }

  @Override
  public synchronized void accept(ClusterSnapshot now) {
    ClusterSnapshot last = before;
    before = now;
    if (last == null) {
      return;
    }
    ofNodes(last, now);
    ofVoters(voters(last), voters(now));
    ofServers(last, now);
    ofReadiness(last.readiness(), now.readiness());
  }

  private void ofServers(ClusterSnapshot last, ClusterSnapshot now) {
    Map<ServerId, ServerState> known = byId(last);
    // Before, it may not have heard of all servers.
    boolean knowsAll = last.readiness().ready() && now.readiness().ready();
    byId(now)
        .forEach(
            (id, state) -> {
              ServerState old = known.remove(id);
              if (old == null && knowsAll) {
                reporter.noticed(INFO, "server-new", id.value(), "server " + id + " is new");
              }
              ofHealth(id.value(), old == null ? Health.UP : old.health(), state);
              ofEjection(id.value(), old, state);
            });
    if (knowsAll) {
      known.forEach(
          (id, state) ->
              reporter.noticed(INFO, "server-gone", id.value(), "server " + id + " is gone"));
      now.servers().forEach((name, states) -> ofUpstream(name, last, states));
    }
  }

  private static Map<ServerId, ServerState> byId(ClusterSnapshot snapshot) {
    Map<ServerId, ServerState> states = new HashMap<>();
    snapshot
        .servers()
        .values()
        .forEach(of -> of.forEach(state -> states.put(state.server().id(), state)));
    return states;
  }

  private void ofHealth(String id, Health last, ServerState state) {
    if (last == state.health()) {
      return;
    }
    switch (state.health()) {
      case UP -> reporter.noticed(INFO, "server-up", id, "server " + id + " is up");
      case SUSPECT ->
          reporter.noticed(
              WARNING,
              "server-suspect",
              id,
              "server %s is suspect: %s; it gets no new clients".formatted(id, state.reason()));
      case DEAD ->
          reporter.noticed(
              ERROR,
              "server-down",
              id,
              "server %s is dead: %s; its sessions move".formatted(id, state.reason()));
    }
  }

  private void ofEjection(String id, @Nullable ServerState old, ServerState state) {
    boolean was = old != null && old.ejection().isPresent();
    if (state.ejection().isPresent() && !was) {
      var ejection = state.ejection().get();
      reporter.noticed(
          WARNING,
          "server-ejected",
          id,
          "server %s is ejected for %d s: %s; it gets no new clients"
              .formatted(id, (ejection.until() - ejection.since()) / 1000, ejection.detail()));
    } else if (was && state.ejection().isEmpty()) {
      reporter.noticed(INFO, "server-back", id, "server " + id + " is not ejected any more");
    }
  }

  private void ofUpstream(String name, ClusterSnapshot last, List<ServerState> now) {
    List<ServerState> old = last.servers().getOrDefault(name, List.of());
    boolean had = old.isEmpty() || old.stream().anyMatch(ServerState::isOpen);
    boolean has = now.stream().anyMatch(ServerState::isOpen);
    if (had && !has) {
      reporter.noticed(
          ERROR, "upstream-down", name, "upstream " + name + " has no server that is up");
    } else if (!had && has) {
      reporter.noticed(INFO, "upstream-up", name, "upstream " + name + " has servers again");
    }
  }

  private void ofNodes(ClusterSnapshot last, ClusterSnapshot now) {
    Map<String, ClusterSnapshot.Node> known = new HashMap<>();
    last.nodes().forEach(node -> known.put(node.address(), node));
    for (ClusterSnapshot.Node node : now.nodes()) {
      ClusterSnapshot.Node old = known.remove(node.address());
      String words = "node %s (%s)".formatted(node.name(), node.address());
      boolean wasUp = old != null && old.status().equals("up");
      if (node.status().equals("up") && !wasUp) {
        reporter.noticed(INFO, "node-joined", node.name(), words + " has joined the cluster");
      } else if (GOING.contains(node.status()) && (old == null || !GOING.contains(old.status()))) {
        reporter.noticed(INFO, "node-leaving", node.name(), words + " is leaving the cluster");
      }
      if (old != null && old.reachable() != node.reachable()) {
        reporter.noticed(
            node.reachable() ? INFO : WARNING,
            node.reachable() ? "node-reachable" : "node-unreachable",
            node.name(),
            words + (node.reachable() ? " can be reached again" : " cannot be reached"));
      }
    }
    for (ClusterSnapshot.Node gone : known.values()) {
      String words = "node %s (%s)".formatted(gone.name(), gone.address());
      if (GOING.contains(gone.status())) {
        reporter.noticed(INFO, "node-left", gone.name(), words + " has left the cluster");
      } else {
        reporter.noticed(
            WARNING, "node-lost", gone.name(), words + " is no member any more, without leaving");
      }
    }
  }

  private static Set<String> voters(ClusterSnapshot snapshot) {
    return snapshot.nodes().stream()
        .filter(ClusterSnapshot.Node::votes)
        .map(ClusterSnapshot.Node::name)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private void ofVoters(Set<String> last, Set<String> now) {
    if (!last.isEmpty() && !now.isEmpty() && !last.equals(now)) {
      reporter.noticed(
          INFO,
          "voters",
          "",
          (now.size() == 1 ? "one node votes: " : now.size() + " nodes vote: ")
              + String.join(", ", now));
    }
  }

  private void ofReadiness(ClusterSnapshot.Readiness last, ClusterSnapshot.Readiness now) {
    if (now.degraded() && !last.degraded()) {
      reporter.happened(
          WARNING,
          "node-degraded",
          "%s is degraded: ready all the same, though waiting for %s"
              .formatted(self, now.waitingFor()));
    } else if (last.degraded() && !now.degraded() && now.ready()) {
      reporter.happened(INFO, "node-ready", self + " is not degraded any more");
    } else if (last.ready() && !now.ready()) {
      reporter.happened(
          WARNING,
          "node-not-ready",
          "%s is not ready: waiting for %s".formatted(self, now.waitingFor()));
    } else if (!last.ready() && now.ready()) {
      reporter.happened(INFO, "node-ready", self + " is ready");
    }
  }
}
