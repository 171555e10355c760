package dev.limpet.cluster;

import static org.awaitility.Awaitility.await;

import com.typesafe.config.ConfigFactory;
import dev.limpet.cluster.sessions.ClusterClock;
import dev.limpet.model.net.HostPort;
import dev.limpet.model.secret.KeyRing;
import dev.limpet.model.settings.Discovery;
import dev.limpet.model.settings.HealthCheck;
import dev.limpet.model.settings.HealthChecks;
import dev.limpet.model.settings.HealthChecks.Initial;
import dev.limpet.model.settings.NodeDiscovery;
import dev.limpet.model.settings.ResponseMatch;
import dev.limpet.model.settings.ServerChange;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.ClusterSnapshot;
import dev.limpet.model.state.Ejection;
import dev.limpet.model.state.Health;
import dev.limpet.model.state.KubernetesFinder;
import dev.limpet.model.state.NodeFinder;
import dev.limpet.model.state.ServerSource;
import dev.limpet.model.state.ServerState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;

/** A node's cluster part, with a network of its own but in this process. */
public final class TestNode implements AutoCloseable {

  static final String UPSTREAM = "app";

  /** How long a server is ejected for the first time: all nodes have heard of it by then. */
  static final Duration EJECT = Duration.ofSeconds(6);

  static final Duration COOKIE_TTL = Duration.ofHours(2);

  static final Duration DEAD_AFTER = Duration.ofSeconds(10);

  /** Longer than this machine may stand still: that must not look as if a server did. */
  private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(15);

  private static final Duration PATIENCE = Duration.ofSeconds(90);

  /** How far the time of all nodes has been put forward, in nanoseconds. */
  private static final AtomicLong AHEAD = new AtomicLong();

  private final ClusterNode cluster;
  private final IntFunction<Settings> byWeight;

  private TestNode(ClusterNode cluster, IntFunction<Settings> byWeight) {
    this.cluster = cluster;
    this.byWeight = byWeight;
  }

  static TestNode start(int port, int[] peers, int... servers) {
    return start(
        port,
        peers,
        new HealthChecks(List.of(check(Duration.ofMillis(300))), 3, Initial.UP, DEAD_AFTER),
        servers);
  }

  static TestNode start(int port, int[] peers, HealthChecks health, int... servers) {
    return start(weight -> TestSettings.of(port, peers, health, Optional.empty(), weight, servers));
  }

  /**
   * One without servers.
   *
   * @param patience for how long it waits for a majority; empty: for ever
   */
  static TestNode start(int port, int[] peers, Optional<Duration> patience) {
    return start(
        weight -> {
          Settings base = TestSettings.of(port, peers);
          return TestSettings.with(
              base, TestSettings.node(base.node().name(), patience), base.cluster());
        });
  }

  /** One without servers that speaks to others over TLS. */
  static TestNode start(int port, int[] peers, Settings.ClusterTls tls) {
    return start(
        weight -> {
          Settings base = TestSettings.of(port, peers);
          Settings.Cluster plain = base.cluster();
          return TestSettings.with(
              base,
              base.node(),
              TestSettings.cluster(
                  plain.address(),
                  plain.peers(),
                  plain.discovery(),
                  plain.expect(),
                  Optional.of(tls)));
        });
  }

  /** One whose servers DNS names, and nobody checks. */
  static TestNode start(int port, int[] peers, Discovery.Dns dns) {
    HealthChecks none = new HealthChecks(List.of(), 3, Initial.UP, DEAD_AFTER);
    return start(weight -> TestSettings.of(port, peers, none, Optional.of(dns), weight));
  }

  /** One without servers that keeps what it knows in a folder. */
  static TestNode start(int port, int[] peers, Path data) {
    return start(weight -> TestSettings.of(port, peers), Optional.of(data));
  }

  private static TestNode start(IntFunction<Settings> byWeight) {
    return start(byWeight, Optional.empty());
  }

  /**
   * One without servers that finds the others.
   *
   * @param expect as {@code cluster.expect}
   */
  static TestNode start(String name, HostPort address, int expect, NodeFinder finder) {
    return start(
        weight ->
            TestSettings.with(
                TestSettings.of(address.port(), new int[] {}),
                TestSettings.node(name, Optional.empty()),
                TestSettings.cluster(
                    address,
                    List.of(),
                    Optional.of(
                        new NodeDiscovery.Kubernetes(
                            Optional.empty(), "nodes", OptionalInt.empty())),
                    expect,
                    Optional.empty())),
        Optional.empty(),
        Optional.of(finder));
  }

  private static TestNode start(IntFunction<Settings> byWeight, Optional<Path> data) {
    return start(byWeight, data, Optional.empty());
  }

  private static TestNode start(
      IntFunction<Settings> byWeight, Optional<Path> data, Optional<NodeFinder> finder) {
    ClusterNode node =
        ClusterNode.start(
            byWeight.apply(1),
            ConfigFactory.parseString(
                """
                akka.loglevel = warning
                akka.stdout-loglevel = off
                # So that closing is a death and not a farewell.
                akka.coordinated-shutdown.run-by-actor-system-terminate = off
                akka.coordinated-shutdown.run-by-jvm-shutdown-hook = off
                """),
            data,
            finder.map(TestNode::withNodes).orElse(KubernetesFinder.NONE),
            new ClusterClock(System::currentTimeMillis, () -> System.nanoTime() + AHEAD.get()));
    node.update(byWeight.apply(1));
    return new TestNode(node, byWeight);
  }

  private static KubernetesFinder withNodes(NodeFinder nodes) {
    return new KubernetesFinder() {
      @Override
      public ServerSource servers(Discovery.Kubernetes where) {
        return NONE.servers(where);
      }

      @Override
      public NodeFinder nodes(NodeDiscovery.Kubernetes where) {
        return nodes;
      }
    };
  }

  /** Puts the time of all nodes forward at once. */
  static void pass(Duration time) {
    AHEAD.addAndGet(time.toNanos());
  }

  /** Reads settings that are the same but for the weight of all servers, which was 1. */
  void reload(int weight) {
    cluster.update(byWeight.apply(weight));
  }

  /** Reads settings that are the same but for what operators have changed of servers. */
  void change(Map<ServerId, ServerChange> changed) {
    Settings base = byWeight.apply(1);
    Settings.Upstream upstream = base.upstreams().values().iterator().next();
    cluster.update(
        new Settings(
            base.node(),
            base.listeners(),
            Map.of(upstream.name(), upstream.with(upstream.servers(), changed)),
            base.hosts(),
            base.cluster(),
            base.changes(),
            base.admin(),
            base.limits(),
            base.log(),
            base.accessLog(),
            base.requestId(),
            base.tracing(),
            base.kubernetes()));
  }

  ClusterNode cluster() {
    return cluster;
  }

  ClusterSnapshot snapshot() {
    return cluster.snapshot();
  }

  boolean isReady() {
    return snapshot().readiness().ready();
  }

  TestNode awaitReady() {
    await("ready").atMost(PATIENCE).until(this::isReady);
    return this;
  }

  void awaitMembers(int count) {
    await(count + " members that are up")
        .atMost(PATIENCE)
        .until(
            () ->
                snapshot().nodes().size() == count
                    && snapshot().nodes().stream().allMatch(node -> node.status().equals("up")));
  }

  void awaitHealth(int server, Health health) {
    await(server + " is " + health).atMost(PATIENCE).until(() -> health(server) == health);
  }

  Health health(int server) {
    return snapshot().servers().getOrDefault(UPSTREAM, List.of()).stream()
        .filter(state -> state.server().address().port() == server)
        .map(ServerState::health)
        .findFirst()
        .orElse(Health.UP);
  }

  void eject(int server) {
    cluster.eject(id(server), Ejection.Cause.NO_ANSWER, "as the test wants it");
  }

  void awaitEjection(int server, boolean ejected) {
    await(server + (ejected ? " is" : " is not") + " ejected")
        .atMost(PATIENCE)
        .until(() -> ejection(server).isPresent() == ejected);
  }

  Optional<Ejection> ejection(int server) {
    return snapshot().servers().getOrDefault(UPSTREAM, List.of()).stream()
        .filter(state -> state.server().address().port() == server)
        .findFirst()
        .flatMap(ServerState::ejection);
  }

  static long hash(int server) {
    return id(server).hash();
  }

  /** What signs cookies, in hex. */
  List<String> keys() {
    return hex(snapshot().keys());
  }

  /** What seals TLS tickets. */
  List<String> ticketKeys() {
    return hex(snapshot().ticketKeys());
  }

  private static List<String> hex(KeyRing ring) {
    return ring.keys().stream().map(HexFormat.of()::formatHex).toList();
  }

  /** Dies without a word to the others. */
  @Override
  public void close() {
    cluster.leave().toCompletableFuture().join();
  }

  static ServerId id(int port) {
    return ServerId.of(UPSTREAM, "127.0.0.1:" + port);
  }

  static HealthCheck check(Duration interval) {
    return check(interval, OptionalInt.empty());
  }

  static HealthCheck check(Duration interval, OptionalInt port) {
    return check("/health", interval, port);
  }

  static HealthCheck check(String path, Duration interval, OptionalInt port) {
    ResponseMatch.Status good =
        new ResponseMatch.Status("200", List.of(new ResponseMatch.Range(200, 200)), false);
    ResponseMatch match = new ResponseMatch(good, List.of(), Optional.empty());
    return new HealthCheck(
        new HealthCheck.Kind.Http("GET", path, Optional.empty(), Map.of(), match),
        port,
        interval,
        PROBE_TIMEOUT,
        1,
        1);
  }
}
