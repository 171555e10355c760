package dev.limpet.e2e.affinity.site;

import dev.limpet.testkit.ApiServer;
import dev.limpet.testkit.DnsServer;
import dev.limpet.testkit.TestSlice;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** How nodes learn where the others are. */
sealed interface Whereabouts extends AutoCloseable {

  /** The shortest. A voter that is gone is to be replaced, and not only waited for. */
  Duration VOTER_TIMEOUT = Duration.ofSeconds(10);

  /** The part of the settings that all discoveries have in common. */
  String VOTERS = "cluster.voter-timeout = %ds\n".formatted(VOTER_TIMEOUT.toSeconds());

  /** What nodes need in their settings for it. */
  String settings();

  /**
   * @param hosts where nodes are, or have been
   */
  void announce(Collection<String> hosts);

  /** Whether nobody gets an answer. */
  void fail(boolean all);

  @Override
  void close();

  /** A list in the settings, which does not change. */
  record Peers(List<String> addresses) implements Whereabouts {

    @Override
    public String settings() {
      return addresses.stream()
          .map(address -> "\"" + address + "\"")
          .collect(Collectors.joining(", ", "cluster.peers = [ ", " ]\n"));
    }

    @Override
    public void announce(Collection<String> hosts) {}

    @Override
    public void fail(boolean all) {}

    @Override
    public void close() {}
  }

  /**
   * A name in DNS with the addresses of all nodes.
   *
   * @param port of the nodes
   */
  record Dns(DnsServer server, int port) implements Whereabouts {

    @Override
    public String settings() {
      return """
          cluster.discovery.dns { name = "limpet.test.", port = %d, resolvers = [ "127.0.0.1:%d" ] }
          %s"""
          .formatted(port, server.port(), VOTERS);
    }

    @Override
    public void announce(Collection<String> hosts) {
      server.know(hosts.stream().map(host -> "limpet.test. 1 A " + host).toArray(String[]::new));
    }

    @Override
    public void fail(boolean all) {
      server.fail(all);
    }

    @Override
    public void close() {
      server.close();
    }
  }

  /**
   * The endpoints of a Service, as Kubernetes tells of them.
   *
   * @param account the folder with what a pod needs to ask
   * @param port of the nodes
   */
  record Kubernetes(ApiServer server, Path account, int port) implements Whereabouts {

    @Override
    public String settings() {
      return """
          kubernetes { api = "%s", service-account = "%s" }
          cluster.discovery.kubernetes { service = limpet, port = %d }
          %s"""
          .formatted(server.url(), account, port, VOTERS);
    }

    @Override
    public void announce(Collection<String> hosts) {
      Stream<TestSlice.Endpoint> endpoints =
          hosts.stream().map(host -> new TestSlice.Endpoint(host, TestSlice.Condition.NOT_READY));
      server.put(
          TestSlice.of("limpet", "limpet-1")
              .port("cluster", port)
              .with(endpoints.toArray(TestSlice.Endpoint[]::new)));
    }

    @Override
    public void fail(boolean all) {
      if (all) {
        server.goAway();
      } else {
        server.comeBack();
      }
    }

    @Override
    public void close() {
      server.close();
    }
  }
}
