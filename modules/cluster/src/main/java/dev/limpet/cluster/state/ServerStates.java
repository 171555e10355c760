package dev.limpet.cluster.state;

import dev.limpet.cluster.health.Observers;
import dev.limpet.cluster.health.Verdict;
import dev.limpet.model.settings.AdminState;
import dev.limpet.model.settings.HealthChecks;
import dev.limpet.model.settings.Server;
import dev.limpet.model.settings.ServerChange.Order;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.Ejection;
import dev.limpet.model.state.Health;
import dev.limpet.model.state.ServerState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The servers of all declarations, with what observers, operators and clients' requests say of
 * them. Pure.
 *
 * @param byUpstream by its name; sorted by the servers' ids
 * @param observed those that this node probes
 */
record ServerStates(
    Map<String, List<ServerState>> byUpstream, Map<Server, Settings.Upstream> observed) {

  private static final Verdict NOT_CHECKED = new Verdict(Health.SUSPECT, "not checked yet");

  /**
   * @param declared by node
   * @param orders operators', by the server's id
   * @param before says what servers count as that observers have not come to a verdict on
   * @param millis the cluster's time
   */
  static ServerStates of(
      Map<String, Declaration> declared,
      Map<String, Order> orders,
      Replicated replicated,
      Membership members,
      Settings settings,
      ClusterView before,
      long millis) {
    Map<Server, Settings.Upstream> observed = new HashMap<>();
    Map<String, List<ServerState>> servers = new TreeMap<>();
    settings.upstreams().keySet().forEach(name -> servers.put(name, new ArrayList<>()));
    List<String> observers = members.observers();
    Map<String, ServerState> known = new HashMap<>();
    before.states().forEach(state -> known.put(state.server().id().value(), state));
    for (Declaration.Declared entry : newest(declared).values()) {
      Settings.Upstream upstream = settings.upstreams().get(entry.upstream());
      Verdict verdict = Verdict.UP;
      if (upstream != null && !upstream.health().checks().isEmpty()) {
        List<String> chosen = Observers.of(entry.id(), observers, upstream.health().observers());
        if (chosen.contains(members.self()) || !members.hasMajority()) {
          observed.put(entry.server(), upstream);
        }
        ServerState last = known.get(entry.id());
        Verdict held =
            last == null
                ? unchecked(entry, upstream.health().initial(), before)
                : new Verdict(last.health(), last.reason());
        verdict =
            Observers.verdict(
                chosen,
                node -> replicated.verdicts().get(new ServerAtNode(entry.id(), node)),
                held);
        if (!members.hasMajority()) {
          ServerAtNode own = new ServerAtNode(entry.id(), members.self());
          verdict = Observers.alone(verdict, replicated.verdicts().get(own));
        }
      }
      servers
          .computeIfAbsent(entry.upstream(), name -> new ArrayList<>())
          .add(
              new ServerState(
                  entry.server(),
                  verdict.health(),
                  verdict.reason(),
                  adminState(entry, orders.get(entry.id()), upstream, millis),
                  Optional.empty()));
    }
    servers.values().forEach(list -> list.sort(Comparator.comparing(s -> s.server().id())));
    Map<String, Ejection> ejections = Ejections.last(replicated.ejections());
    servers.replaceAll(
        (name, states) -> {
          Settings.Upstream upstream = settings.upstreams().get(name);
          return upstream == null || !upstream.passive().enabled()
              ? states
              : Ejections.applied(states, ejections, upstream.passive(), millis);
        });
    return new ServerStates(servers, observed);
  }

  /** Each server as the node says that declared it last. */
  private static Map<String, Declaration.Declared> newest(Map<String, Declaration> declarations) {
    Map<String, Declaration.Declared> servers = new TreeMap<>();
    declarations.values().stream()
        .sorted(Comparator.comparingLong(Declaration::time))
        .forEach(
            declaration ->
                declaration
                    .servers()
                    .forEach(
                        server -> servers.merge(server.id(), server, Declaration.Declared::and)));
    return servers;
  }

  /** The verdict on a new server until observers have come to one. */
  private static Verdict unchecked(
      Declaration.Declared server, HealthChecks.Initial initial, ClusterView before) {
    return switch (initial) {
      case UP -> Verdict.UP;
      case DOWN -> NOT_CHECKED;
      case CHECK ->
          before.snapshot().servers().containsKey(server.upstream()) ? NOT_CHECKED : Verdict.UP;
    };
  }

  private static AdminState adminState(
      Declaration.Declared server,
      @Nullable Order order,
      Settings.@Nullable Upstream upstream,
      long millis) {
    Duration deadline = upstream == null ? Duration.ZERO : upstream.affinity().drainDeadline();
    AdminState wanted =
        order == null
            ? server.down() ? AdminState.DOWN : AdminState.UP
            : order.at(millis, deadline);
    return server.leaving() && wanted == AdminState.UP ? AdminState.DRAIN : wanted;
  }
}
