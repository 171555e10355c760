package dev.limpet.cluster.state;

import akka.cluster.ClusterEvent.CurrentClusterState;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import dev.limpet.cluster.health.Observers;
import dev.limpet.cluster.health.Verdict;
import dev.limpet.model.settings.HealthChecks;
import dev.limpet.model.settings.KeyRing;
import dev.limpet.model.settings.Server;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.AdminState;
import dev.limpet.model.state.ClusterSnapshot;
import dev.limpet.model.state.Ejection;
import dev.limpet.model.state.Health;
import dev.limpet.model.state.ServerState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * What members, declarations and verdicts add up to. Pure: the same states give the same view at
 * every node.
 *
 * @param observed the servers that this node probes
 * @param declared what the settings of each member say, by the member's unique address
 * @param cookieKeys those that the cluster has made, beside which settings may name others
 * @param ticketKeys for TLS sessions
 * @param orders what operators ordered of servers, by the server's id
 */
public record ClusterView(
    ClusterSnapshot snapshot,
    Map<Server, Settings.Upstream> observed,
    Map<String, Declaration> declared,
    HeldKeys cookieKeys,
    HeldKeys ticketKeys,
    Map<String, String> orders) {

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
            .map(Settings.Cookie::ttl)
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
      CurrentClusterState cluster,
      Member self,
      Settings settings,
      Declaration own,
      Replicated replicated,
      ClusterView before,
      String sessionsWaitFor,
      boolean degraded,
      long millis) {
    List<Member> members = new ArrayList<>();
    cluster.getMembers().forEach(members::add);
    boolean member = isUp(self);
    List<Member> up = members.stream().filter(ClusterView::isUp).toList();
    String selfAddress = self.uniqueAddress().toString();
    Map<String, Declaration> declared = declared(members, replicated.servers());
    if (declared.size() < up.size() || !member) {
      // Who has just joined has not heard of all servers yet, but may know them from before.
      before.declared.forEach(declared::putIfAbsent);
      declared.put(selfAddress, own);
    }
    Map<String, String> orders = new TreeMap<>(before.orders);
    orders.putAll(replicated.orders());
    List<Member> reachable =
        up.stream().filter(node -> !cluster.getUnreachable().contains(node)).toList();
    boolean majority = !member || reachable.size() * 2 > up.size();
    List<String> observers =
        !member
            ? List.of(selfAddress)
            : (majority ? reachable : up)
                .stream().map(node -> node.uniqueAddress().toString()).toList();
    Map<Server, Settings.Upstream> observed = new HashMap<>();
    Map<String, List<ServerState>> servers = new TreeMap<>();
    settings.upstreams().keySet().forEach(name -> servers.put(name, new ArrayList<>()));
    for (Declaration.Declared entry : newest(declared).values()) {
      Settings.Upstream upstream = settings.upstreams().get(entry.upstream());
      Verdict verdict = Verdict.UP;
      if (upstream != null && !upstream.health().checks().isEmpty()) {
        List<String> chosen = Observers.of(entry.id(), observers, upstream.health().observers());
        if (chosen.contains(selfAddress) || !majority) {
          observed.put(entry.server(), upstream);
        }
        Verdict held = before.held(entry, upstream.health().initial());
        verdict = Observers.verdict(chosen, node -> said(replicated, entry.id(), node), held);
        if (!majority) {
          verdict = Observers.alone(verdict, said(replicated, entry.id(), selfAddress));
        }
      }
      servers
          .computeIfAbsent(entry.upstream(), name -> new ArrayList<>())
          .add(
              new ServerState(
                  entry.server(),
                  verdict.health(),
                  verdict.reason(),
                  stateOf(entry, orders, upstream, millis),
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
    HeldKeys cookieKeys =
        before.cookieKeys.hear(replicated.cookieKeys(), cookieKeyRules(settings), millis);
    HeldKeys ticketKeys = before.ticketKeys.hear(replicated.ticketKeys(), TICKET_KEY_RULES, millis);
    KeyRing ring = settings.cluster().cookieKeys().and(cookieKeys.ring());
    ClusterSnapshot snapshot =
        new ClusterSnapshot(
            servers,
            Loads.elsewhere(replicated.loads(), selfAddress),
            ring,
            ticketKeys.ring(),
            nodes(cluster, members, self, settings, declared),
            readiness(self, members, replicated, ring, sessionsWaitFor, degraded));
    return new ClusterView(snapshot, observed, declared, cookieKeys, ticketKeys, orders);
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
        orders);
  }

  Optional<Server> server(String backend) {
    return snapshot.servers().values().stream()
        .flatMap(List::stream)
        .map(ServerState::server)
        .filter(server -> server.id().value().equals(backend))
        .findFirst();
  }

  /** Which nodes but this one say that there is such a server. */
  public List<String> declaredElsewhere(ServerId backend, String self) {
    return declared.values().stream()
        .filter(node -> !node.name().equals(self))
        .filter(
            node ->
                node.servers().stream()
                    .anyMatch(server -> server.id().equals(backend.value()) && !server.leaving()))
        .map(Declaration::name)
        .sorted()
        .toList();
  }

  /** The upstream that a server is one of. */
  Optional<String> upstreamOf(ServerId backend) {
    return snapshot.servers().entrySet().stream()
        .filter(entry -> entry.getValue().stream().anyMatch(s -> s.server().id().equals(backend)))
        .map(Map.Entry::getKey)
        .findFirst();
  }

  /** As far as checks are concerned; a server that nobody knows counts as up. */
  boolean isUp(String backend) {
    return states().stream()
        .noneMatch(
            state -> state.health() != Health.UP && state.server().id().value().equals(backend));
  }

  Set<ServerId> dead() {
    return states().stream()
        .filter(state -> state.health() == Health.DEAD)
        .map(state -> state.server().id())
        .collect(Collectors.toSet());
  }

  /** A line for the log. */
  record Change(Level level, String text) {}

  /**
   * What an operator wants to read of the way from another view to this one.
   *
   * @param leaving whether this node is about to stop, and other nodes may well be gone
   */
  List<Change> changesSince(ClusterView before, boolean leaving) {
    List<Change> changes = new ArrayList<>();
    Map<Server, ServerState> known = new HashMap<>();
    before.states().forEach(state -> known.put(state.server(), state));
    for (ServerState state : states()) {
      ServerState old = known.get(state.server());
      Health last = old == null ? Health.UP : old.health();
      if (last != state.health()) {
        changes.add(
            new Change(
                state.health() == Health.UP ? Level.INFO : Level.WARN,
                "server " + state.server().id() + " is " + inWords(state)));
      }
      Optional<Ejection> ejected = old == null ? Optional.empty() : old.ejection();
      if (ejected.isEmpty() && state.ejection().isPresent()) {
        Ejection ejection = state.ejection().get();
        changes.add(
            new Change(
                Level.WARN,
                "server %s is suspect: ejected for %d ms: %s; it gets no new clients"
                    .formatted(
                        state.server().id(),
                        ejection.until() - ejection.since(),
                        ejection.detail())));
      } else if (ejected.isPresent() && state.ejection().isEmpty()) {
        changes.add(
            new Change(Level.INFO, "server " + state.server().id() + " is not ejected any more"));
      }
    }
    snapshot.servers().keySet().forEach(name -> tellIfNoneIsLeft(name, before, changes));
    for (ClusterSnapshot.Node node : snapshot.nodes()) {
      if (!before.snapshot.nodes().contains(node)) {
        String reach = node.reachable() ? "" : ", unreachable";
        changes.add(
            new Change(
                node.reachable() || leaving ? Level.INFO : Level.WARN,
                "node " + node.name() + " (" + node.address() + ") is " + node.status() + reach));
      }
    }
    return changes;
  }

  /** As soon as the node serves: before, it may not have heard of all servers. */
  private void tellIfNoneIsLeft(String upstream, ClusterView before, List<Change> changes) {
    boolean lacked = before.lacksServers(upstream);
    List<ServerState> servers = snapshot.servers().getOrDefault(upstream, List.of());
    if (!lacked && lacksServers(upstream)) {
      changes.add(
          new Change(
              Level.ERROR,
              servers.isEmpty()
                  ? "upstream " + upstream + " has no servers"
                  : "upstream " + upstream + " has no server that is up: " + inWords(servers)));
    } else if (lacked && servers.stream().anyMatch(ClusterView::isOpen)) {
      changes.add(new Change(Level.INFO, "upstream " + upstream + " has servers again"));
    }
  }

  private boolean lacksServers(String upstream) {
    return snapshot.readiness().ready()
        && snapshot.servers().getOrDefault(upstream, List.of()).stream()
            .noneMatch(ClusterView::isOpen);
  }

  private static boolean isOpen(ServerState state) {
    return state.health() == Health.UP && state.adminState() == AdminState.UP;
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

  private static String inWords(ServerState state) {
    return switch (state.health()) {
      case UP -> "up";
      case SUSPECT -> "suspect: " + state.reason() + "; it gets no new clients";
      case DEAD -> "dead: " + state.reason() + "; its sessions move";
    };
  }

  /** When servers that drain give up their last sessions, by the cluster's time in milliseconds. */
  LongStream drainDeadlines(Settings settings) {
    return settings.upstreams().values().stream()
        .flatMapToLong(
            upstream ->
                snapshot.servers().getOrDefault(upstream.name(), List.of()).stream()
                    .map(state -> orders.get(state.server().id().value()))
                    .filter(Objects::nonNull)
                    .flatMapToLong(
                        order ->
                            AdminOverride.decode(order)
                                .deadline(upstream.affinity().drainDeadline())));
  }

  private List<ServerState> states() {
    return snapshot.servers().values().stream().flatMap(List::stream).toList();
  }

  private static AdminState stateOf(
      Declaration.Declared server,
      Map<String, String> orders,
      Settings.@Nullable Upstream upstream,
      long millis) {
    String order = orders.get(server.id());
    Duration deadline = upstream == null ? Duration.ZERO : upstream.affinity().drainDeadline();
    AdminState wanted =
        order == null
            ? server.down() ? AdminState.DOWN : AdminState.UP
            : AdminOverride.decode(order).at(millis, deadline);
    return server.leaving() && wanted == AdminState.UP ? AdminState.DRAIN : wanted;
  }

  private static Map<String, Declaration> declared(
      List<Member> members, Map<String, String> declarations) {
    Map<String, Declaration> declared = new TreeMap<>();
    for (Member member : members) {
      String json = declarations.get(member.uniqueAddress().toString());
      if (json != null) {
        declared.put(member.uniqueAddress().toString(), Declaration.fromJson(json));
      }
    }
    return declared;
  }

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

  /** What a server counts as for observers that have not come to a verdict yet. */
  private Verdict held(Declaration.Declared server, HealthChecks.Initial initial) {
    return states().stream()
        .filter(state -> state.server().id().value().equals(server.id()))
        .findFirst()
        .map(state -> new Verdict(state.health(), state.reason()))
        .orElseGet(
            () ->
                switch (initial) {
                  case UP -> Verdict.UP;
                  case DOWN -> NOT_CHECKED;
                  case CHECK ->
                      snapshot.servers().containsKey(server.upstream()) ? NOT_CHECKED : Verdict.UP;
                });
  }

  private static List<ClusterSnapshot.Node> nodes(
      CurrentClusterState cluster,
      List<Member> members,
      Member self,
      Settings settings,
      Map<String, Declaration> declared) {
    return members.stream()
        .map(
            member -> {
              boolean own = member.uniqueAddress().equals(self.uniqueAddress());
              Declaration declaration = declared.get(member.uniqueAddress().toString());
              String address = member.address().hostPort();
              String at = address.substring(address.indexOf('@') + 1);
              String name =
                  own ? settings.node().name() : declaration == null ? at : declaration.name();
              String status = member.status().toString().toLowerCase(Locale.ROOT);
              boolean reachable = !cluster.getUnreachable().contains(member);
              return new ClusterSnapshot.Node(name, at, status, reachable, own);
            })
        .sorted(Comparator.comparing(ClusterSnapshot.Node::name))
        .toList();
  }

  private static ClusterSnapshot.Readiness readiness(
      Member self,
      List<Member> members,
      Replicated replicated,
      KeyRing cookieKeys,
      String sessionsWaitFor,
      boolean degraded) {
    String waitingFor = "";
    if (!self.status().equals(MemberStatus.up())) {
      waitingFor = "joining the cluster";
    } else if (declared(members, replicated.servers()).size()
        < members.stream().filter(ClusterView::isUp).count()) {
      waitingFor = "the server lists of all nodes";
    } else if (cookieKeys.keys().isEmpty()) {
      waitingFor = "the key that signs session cookies";
    } else {
      waitingFor = sessionsWaitFor;
    }
    return new ClusterSnapshot.Readiness(waitingFor, !waitingFor.isEmpty() && degraded);
  }

  private static @Nullable Verdict said(Replicated replicated, String server, String node) {
    String verdict = replicated.health().get(verdictKey(server, node));
    return verdict == null ? null : Verdict.decode(verdict);
  }

  static boolean isUp(Member member) {
    return member.status().equals(MemberStatus.up());
  }
}
