package dev.limpet.cluster;

import dev.limpet.model.net.HostPort;
import dev.limpet.model.secret.KeyRing;
import dev.limpet.model.settings.AffinityRule;
import dev.limpet.model.settings.Balancing;
import dev.limpet.model.settings.Discovery;
import dev.limpet.model.settings.HealthChecks;
import dev.limpet.model.settings.HealthChecks.Initial;
import dev.limpet.model.settings.KubernetesAccess;
import dev.limpet.model.settings.NodeDiscovery;
import dev.limpet.model.settings.PassiveChecks;
import dev.limpet.model.settings.Server;
import dev.limpet.model.settings.Settings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The settings of a {@link TestNode}. */
public final class TestSettings {

  private TestSettings() {}

  /** Those of a node whose servers nobody checks. */
  public static Settings of(int port, int[] peers, int... servers) {
    HealthChecks none = new HealthChecks(List.of(), 3, Initial.UP, TestNode.DEAD_AFTER);
    return of(port, peers, none, Optional.empty(), 1, servers);
  }

  static Settings of(
      int port,
      int[] peers,
      HealthChecks health,
      Optional<Discovery> discovery,
      int weight,
      int... servers) {
    Settings.Upstream upstream =
        new Settings.Upstream(
            TestNode.UPSTREAM,
            IntStream.of(servers)
                .mapToObj(
                    at -> new Server(TestNode.id(at), new HostPort("127.0.0.1", at), weight, 0))
                .toList(),
            discovery,
            Map.of(),
            Balancing.DEFAULT,
            new Settings.Affinity(
                List.of(
                    new AffinityRule.Cookie(
                        "limpet",
                        TestNode.COOKIE_TTL,
                        "/",
                        "",
                        AffinityRule.Cookie.SameSite.LAX,
                        AffinityRule.Cookie.Secure.AUTO,
                        true,
                        false,
                        true)),
                Settings.Replicate.QUORUM,
                Settings.OnFull.WAIT,
                false,
                Duration.ZERO,
                false,
                1),
            health,
            new PassiveChecks(
                true,
                3,
                0,
                0,
                0,
                Duration.ofSeconds(10),
                20,
                TestNode.EJECT,
                TestNode.EJECT.multipliedBy(30),
                0.5),
            new Settings.Timeouts(
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                Duration.ZERO,
                Duration.ofSeconds(1)),
            new Settings.Retries(2, 0.2, Set.of(), Duration.ofMillis(20), false),
            Optional.empty(),
            Set.of(),
            0,
            Duration.ZERO,
            0);
    return new Settings(
        node("node-" + port, Optional.empty()),
        List.of(),
        Map.of(TestNode.UPSTREAM, upstream),
        List.of(),
        cluster(
            new HostPort("127.0.0.1", port),
            IntStream.of(peers)
                .mapToObj(peer -> new HostPort("127.0.0.1", peer))
                .collect(Collectors.toList()),
            Optional.empty(),
            3,
            Optional.empty()),
        Settings.RuntimeChanges.USUAL,
        Optional.empty(),
        new Settings.Limits(8192, 8192, 100, 8192, 0, 100, 0),
        new Settings.Log(false, "warn"),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        KubernetesAccess.USUAL);
  }

  /** The same, but for these. */
  static Settings with(Settings base, Settings.Node node, Settings.Cluster cluster) {
    return new Settings(
        node,
        base.listeners(),
        base.upstreams(),
        base.hosts(),
        cluster,
        base.changes(),
        base.admin(),
        base.limits(),
        base.log(),
        base.accessLog(),
        base.requestId(),
        base.tracing(),
        base.kubernetes());
  }

  /**
   * @param patience for how long it waits for a majority; empty: for ever
   */
  static Settings.Node node(String name, Optional<Duration> patience) {
    return new Settings.Node(
        name, "", 1, Duration.ZERO, Duration.ofSeconds(1), patience, false, Optional.empty());
  }

  /**
   * @param peers none with a discovery
   * @param expect as {@code cluster.expect}
   */
  static Settings.Cluster cluster(
      HostPort address,
      List<HostPort> peers,
      Optional<NodeDiscovery> discovery,
      int expect,
      Optional<Settings.ClusterTls> tls) {
    return new Settings.Cluster(
        "limpet",
        address,
        address,
        peers,
        discovery,
        3,
        Duration.ofSeconds(60),
        expect,
        Duration.ofSeconds(5),
        100_000_000,
        tls,
        false,
        KeyRing.EMPTY);
  }
}
