package dev.limpet.cluster.state;

import akka.cluster.ClusterEvent.CurrentClusterState;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import dev.limpet.cluster.health.Observers;
import dev.limpet.cluster.health.Verdict;
import dev.limpet.model.settings.AffinityRule;
import dev.limpet.model.settings.HealthChecks;
import dev.limpet.model.settings.KeyRing;
import dev.limpet.model.settings.Server;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.ClusterSnapshot;
import dev.limpet.model.state.Health;
import dev.limpet.model.state.ServerState;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * What members, declarations and verdicts add up to. Pure: the same states give the same view at
 * every node.
 *
 * @param observed the servers that this node probes
 * @param declared what the settings of each member say, by the member's unique address
 * @param cookieKeys those that the cluster has made, beside which settings may name others
 * @param ticketKeys for TLS sessions
 * @param overrides by the server's id
 */
public record ClusterView(
    ClusterSnapshot snapshot,
    Map<Server, Settings.Upstream> observed,
    Map<String, Declaration> declared,
    HeldKeys cookieKeys,
    HeldKeys ticketKeys,
    Map<String, AdminOverride> overrides) {

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
          HeldKeys.NONE,
          Map.of());

  static final HeldKeys.Rules TICKET_KEY_RULES =
      new HeldKeys.Rules(
          ClusterSnapshot.TICKET_KEY_BYTES,
          Duration.ofHours(6),
          ClusterSnapshot.TICKET_LIFE,
          false);

  private static final int COOKIE_KEY_BYTES = 32;
  private static final Duration COOKIE_KEY_PERIOD = Duration.ofDays(1);

  /** Beyond a cookie's time to live, for nodes whose clocks are not quite the same. */
  private static final Duration SLACK = Duration.ofMinutes(1);

  /** The maps that all nodes hold. */
  record Replicated(
      Map<String, String> servers,
      Map<String, String> health,
      Map<String, String> cookieKeys,
      Map<String, String> ticketKeys,
      Map<String, String> orders,
      Map<String, String> ejections,
      Map<String, String> loads) {}

  private static final String VERDICT = "verdict|";
  private static final String ALARM = "alarm|";
  private static final Verdict NOT_CHECKED = new Verdict(Health.SUSPECT, "not checked yet");

  /** A cookie key is needed for as long as the longest-lived cookie that it has signed. */
  static HeldKeys.Rules cookieKeyRules(Settings settings) {
    Duration longest =
        settings.upstreams().values().stream()
            .flatMap(upstream -> upstream.affinity().cookie().stream())
            .map(AffinityRule.Cookie::ttl)
            .max(Comparator.naturalOrder())
            .orElse(Duration.ZERO);
    return new HeldKeys.Rules(
        COOKIE_KEY_BYTES,
        COOKIE_KEY_PERIOD,
        longest.plus(SLACK),
        !settings.cluster().cookieKeys().keys().isEmpty());
  }

  static String verdictKey(String backend, String node) {
    return VERDICT + backend + "|" + node;
  }

  static String alarmKey(String backend, String node) {
    return ALARM + backend + "|" + node;
  }

  static String answerKey(String backend, String node) {
    return backend + "|" + node;
  }

  /** The server that an entry of the answers is of. */
  static String backendOf(String answerKey) {
    return answerKey.substring(0, answerKey.lastIndexOf('|'));
  }

  /**
   * The server that the observers should look at because of a change of the health map, or null: a
   * node could not connect to it, or one of the observers thinks worse of it.
   *
   * @param before the entry's value before the change, if there was one
   */
  static @Nullable String alarmedBackend(String key, @Nullable String before, String value) {
    boolean alarm = key.startsWith(ALARM) && !value.equals(before);
    boolean worse =
        key.startsWith(VERDICT)
            && Verdict.decode(value)
                    .health()
                    .compareTo(before == null ? Health.UP : Verdict.decode(before).health())
                > 0;
    return alarm || worse ? key.substring(key.indexOf('|') + 1, key.lastIndexOf('|')) : null;
  }

  /** Throws where this is no entry of the health map. */
  static void checkHealth(String key, String value) {
    boolean verdict = key.startsWith(VERDICT);
    if (key.indexOf('|') == key.lastIndexOf('|') || !(verdict || key.startsWith(ALARM))) {
      throw new IllegalArgumentException("neither a verdict nor an alarm: " + key);
    }
    if (verdict) {
      Verdict.decode(value);
    }
  }

  /** The observer that an entry of the health map is of. */
  static String nodeOf(String key) {
    return key.substring(key.lastIndexOf('|') + 1);
  }

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
    Map<String, AdminOverride> overrides = new TreeMap<>(before.overrides);
    overrides.putAll(replicated.overrides());
    ServerStates servers =
        ServerStates.of(declared, overrides, replicated, members, settings, before, millis);
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
    return new ClusterView(
        snapshot, servers.observed(), declared, cookieKeys, ticketKeys, overrides);
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
        ticketKeys,
        overrides);
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

  /** When servers that drain give up their last sessions, by the cluster's time in milliseconds. */
  LongStream drainDeadlines(Settings settings) {
    return settings.upstreams().values().stream()
        .flatMapToLong(
            upstream ->
                snapshot.servers().getOrDefault(upstream.name(), List.of()).stream()
                    .map(state -> overrides.get(state.server().id().value()))
                    .filter(Objects::nonNull)
                    .flatMapToLong(
                        override -> override.deadline(upstream.affinity().drainDeadline())));
  }
}
