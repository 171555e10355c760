package dev.limpet.cluster.state;

import dev.limpet.model.secret.KeyRing;
import dev.limpet.model.settings.Server;
import dev.limpet.model.settings.ServerChange.Order;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.ClusterSnapshot;
import dev.limpet.model.state.Health;
import dev.limpet.model.state.ServerState;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * The sum of members, declarations and verdicts. Pure: the same states give the same view at every
 * node.
 *
 * @param observed the servers that this node probes
 * @param declared what the settings of each member say, by the member's unique address
 * @param cookieKeys those that the cluster has made, beside which settings may name others
 * @param ticketKeys for TLS sessions
 */
public record ClusterView(
    ClusterSnapshot snapshot,
    Map<Server, Settings.Upstream> observed,
    Map<String, Declaration> declared,
    HeldKeys cookieKeys,
    HeldKeys ticketKeys) {

  public static final ClusterView EMPTY =
      new ClusterView(
          new ClusterSnapshot(
              Map.of(),
              Map.of(),
              KeyRing.EMPTY,
              KeyRing.EMPTY,
              List.of(),
              new ClusterSnapshot.Readiness("joining the cluster", false)),
          Map.of(),
          Map.of(),
          HeldKeys.NONE,
          HeldKeys.NONE);

  /**
   * @param own what this node's settings say
   * @param before what is held on to while this node is in no cluster
   * @param sessionsWaitFor what the session table still needs; empty if nothing
   * @param degraded whether this node takes traffic whatever it waits for
   * @param millis the cluster's time
   */
  static ClusterView of(
      Membership members,
      Settings settings,
      Declaration own,
      Replicated replicated,
      ClusterView before,
      String sessionsWaitFor,
      boolean degraded,
      long millis) {
    Map<String, Declaration> declared = new TreeMap<>(replicated.declarations());
    declared.keySet().retainAll(members.addresses());
    boolean allHaveDeclared = declared.size() >= members.countUp();
    if (!allHaveDeclared || !members.isUp()) {
      // Who has just joined has not heard of all servers yet, but may know them from before.
      before.declared.forEach(declared::putIfAbsent);
      declared.put(members.self(), own);
    }
    ServerStates servers =
        ServerStates.of(declared, orders(settings), replicated, members, settings, before, millis);
    HeldKeys cookieKeys =
        before.cookieKeys.hear(replicated.cookieKeys(), KeyRules.ofCookies(settings), millis);
    HeldKeys ticketKeys = before.ticketKeys.hear(replicated.ticketKeys(), KeyRules.TICKETS, millis);
    KeyRing ring = settings.cluster().cookieKeys().and(cookieKeys.ring());
    String waitingFor = "";
    if (!members.isUp()) {
      waitingFor = "joining the cluster";
    } else if (!allHaveDeclared) {
      waitingFor = "the server lists of all nodes";
    } else if (ring.keys().isEmpty()) {
      waitingFor = "the key that signs session cookies";
    } else {
      waitingFor = sessionsWaitFor;
    }
    ClusterSnapshot snapshot =
        new ClusterSnapshot(
            servers.byUpstream(),
            Loads.elsewhere(replicated.loads(), members.self()),
            ring,
            ticketKeys.ring(),
            members.nodes(settings, declared),
            new ClusterSnapshot.Readiness(waitingFor, !waitingFor.isEmpty() && degraded));
    return new ClusterView(snapshot, servers.observed(), declared, cookieKeys, ticketKeys);
  }

  /**
   * The same, but for this node's readiness.
   *
   * @param missing in words for an operator
   */
  public ClusterView waitingFor(String missing) {
    return new ClusterView(
        new ClusterSnapshot(
            snapshot.servers(),
            snapshot.elsewhere(),
            snapshot.keys(),
            snapshot.ticketKeys(),
            snapshot.nodes(),
            new ClusterSnapshot.Readiness(missing, false)),
        observed,
        declared,
        cookieKeys,
        ticketKeys);
  }

  /** The same with these keys, and those that the settings name before them. */
  ClusterView withKeys(HeldKeys cookies, HeldKeys tickets, Settings settings) {
    return new ClusterView(
        new ClusterSnapshot(
            snapshot.servers(),
            snapshot.elsewhere(),
            settings.cluster().cookieKeys().and(cookies.ring()),
            tickets.ring(),
            snapshot.nodes(),
            snapshot.readiness()),
        observed,
        declared,
        cookies,
        tickets);
  }

  /** Whether the cluster's keys are those of another view. */
  public boolean hasKeysOf(ClusterView other) {
    return cookieKeys.byName().equals(other.cookieKeys.byName())
        && ticketKeys.byName().equals(other.ticketKeys.byName());
  }

  /**
   * @param server the value of its id
   */
  Optional<ServerState> state(String server) {
    return states().stream()
        .filter(state -> state.server().id().value().equals(server))
        .findFirst();
  }

  /** Those of all upstreams. */
  List<ServerState> states() {
    return snapshot.servers().values().stream().flatMap(List::stream).toList();
  }

  /** Which nodes but this one say that there is such a server. */
  public List<String> declaredElsewhere(ServerId server, String self) {
    return declared.values().stream()
        .filter(node -> !node.name().equals(self))
        .filter(
            node ->
                node.servers().stream()
                    .anyMatch(known -> known.id().equals(server.value()) && !known.leaving()))
        .map(Declaration::name)
        .sorted()
        .toList();
  }

  /** The upstream that a server is one of. */
  Optional<String> upstreamOf(ServerId server) {
    return snapshot.servers().entrySet().stream()
        .filter(entry -> entry.getValue().stream().anyMatch(s -> s.server().id().equals(server)))
        .map(Map.Entry::getKey)
        .findFirst();
  }

  /** As far as checks are concerned; a server that nobody knows counts as up. */
  boolean isUp(String server) {
    return states().stream()
        .noneMatch(
            state -> state.health() != Health.UP && state.server().id().value().equals(server));
  }

  Set<ServerId> dead() {
    return states().stream()
        .filter(state -> state.health() == Health.DEAD)
        .map(state -> state.server().id())
        .collect(Collectors.toSet());
  }

  /** What operators want of servers, by their ids. */
  private static Map<String, Order> orders(Settings settings) {
    Map<String, Order> orders = new HashMap<>();
    for (Settings.Upstream upstream : settings.upstreams().values()) {
      upstream
          .changed()
          .forEach(
              (server, change) ->
                  change.order().ifPresent(order -> orders.put(server.value(), order)));
    }
    return orders;
  }

  /** When servers that drain give up their last sessions, by the cluster's time in milliseconds. */
  LongStream drainDeadlines(Settings settings) {
    Map<String, Order> orders = orders(settings);
    return settings.upstreams().values().stream()
        .flatMapToLong(
            upstream ->
                snapshot.servers().getOrDefault(upstream.name(), List.of()).stream()
                    .map(state -> orders.get(state.server().id().value()))
                    .filter(Objects::nonNull)
                    .flatMapToLong(
                        order -> order.deadline(upstream.affinity().drainDeadline()).stream()));
  }
}
