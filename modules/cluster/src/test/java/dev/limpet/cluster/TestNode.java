package dev.limpet.cluster;

import com.typesafe.config.ConfigFactory;
import dev.limpet.model.BackendId;
import dev.limpet.model.Balancing;
import dev.limpet.model.ClusterSnapshot;
import dev.limpet.model.Health;
import dev.limpet.model.HostPort;
import dev.limpet.model.Server;
import dev.limpet.model.ServerState;
import dev.limpet.model.Settings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import static org.awaitility.Awaitility.await;

/** A node's cluster part, with a network of its own but in this process. */
final class TestNode implements AutoCloseable {

  static final String UPSTREAM = "app";

  private static final Duration PATIENCE = Duration.ofSeconds(40);

  private final ClusterNode cluster;

  private TestNode(ClusterNode cluster) {
    this.cluster = cluster;
  }

  static TestNode start(int port, int[] peers, int... servers) {
    return new TestNode(
        ClusterNode.start(
            settings(port, peers, servers),
            ConfigFactory.parseString(
                """
                akka.loglevel = warning
                akka.stdout-loglevel = off
                # So that closing is a death and not a farewell.
                akka.coordinated-shutdown.run-by-actor-system-terminate = off
                akka.coordinated-shutdown.run-by-jvm-shutdown-hook = off
                """)));
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

  static long hash(int server) {
    return id(server).hash();
  }

  /** The keys by content, for key rings have no equality. */
  List<String> keys() {
    return snapshot().keys().keys().stream()
        .map(key -> java.util.HexFormat.of().formatHex(key))
        .toList();
  }

  /** Dies without a word to the others. */
  @Override
  public void close() {
    cluster.leave().toCompletableFuture().join();
  }

  private static BackendId id(int port) {
    return BackendId.of(UPSTREAM, "127.0.0.1:" + port);
  }

  private static Settings settings(int port, int[] peers, int... servers) {
    Settings.Upstream upstream =
        new Settings.Upstream(
            UPSTREAM,
            IntStream.of(servers)
                .mapToObj(at -> new Server(id(at), new HostPort("127.0.0.1", at), 1, 0))
                .toList(),
            Balancing.DEFAULT,
            new Settings.Affinity(
                List.of(), Settings.Replicate.QUORUM, Settings.OnFull.WAIT, false, Duration.ZERO),
            new Settings.HealthCheck(
                true, Duration.ofMillis(300), Duration.ofSeconds(2), 1, 1, "/", 3, 200, 399),
            new Settings.Timeouts(
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                Duration.ZERO,
                Duration.ofSeconds(1)),
            new Settings.Retries(2, 0.2),
            Optional.empty(),
            Set.of(),
            0,
            Duration.ZERO);
    return new Settings(
        new Settings.Node("node-" + port, "", 1, Duration.ZERO, Duration.ofSeconds(1)),
        List.of(),
        Map.of(UPSTREAM, upstream),
        List.of(),
        new Settings.Cluster(
            new HostPort("127.0.0.1", port),
            IntStream.of(peers)
                .mapToObj(peer -> new HostPort("127.0.0.1", peer))
                .collect(Collectors.toList()),
            Duration.ofSeconds(5),
            100_000_000),
        Optional.empty(),
        new Settings.Limits(8192, 8192, 100, 8192, 0, 100),
        new Settings.Log(false, "warn"),
        Optional.empty());
  }
}
