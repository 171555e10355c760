package dev.limpet.e2e.affinity.site;

import static org.awaitility.Awaitility.await;

import dev.limpet.e2e.affinity.history.Limits;
import dev.limpet.e2e.affinity.history.Timeline;
import dev.limpet.e2e.fixture.LimpetNode;
import dev.limpet.e2e.fixture.NodeCertificates;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * The nodes and backends of a run.
 *
 * @param clocks empty where the wall clock cannot be set for one process
 */
public record Site(
    Network network, Optional<Clocks> clocks, List<TestedBackend> backends, List<TestedNode> nodes)
    implements AutoCloseable {

  /** Starts everything, and waits until all nodes are Ready. */
  public static Site start(Options options, Path directory, Timeline time, Consumer<String> log) {
    Network network = network(options, log);
    Optional<Clocks> clocks =
        options.faults().contains(Fault.CLOCK) ? Clocks.find(directory) : Optional.empty();
    if (clocks.isEmpty() && options.faults().contains(Fault.CLOCK)) {
      log.accept("no clocks are skewed: there is no libfaketime");
    }
    Site site = new Site(network, clocks, new ArrayList<>(), new ArrayList<>());
    Runtime.getRuntime().addShutdownHook(new Thread(site::close, "close-site"));
    try {
      for (int i = 1; i <= options.backends(); i++) {
        site.backends.add(
            new TestedBackend("backend-" + i, network.backendHost(), directory, time));
      }
      site.startNodes(options, directory, time);
      return site;
    } catch (RuntimeException e) {
      site.close();
      throw e;
    }
  }

  /** The faults among these that this machine allows for. */
  public List<Fault> possible(List<Fault> faults) {
    return faults.stream()
        .filter(fault -> fault != Fault.PARTITION || network.canCut())
        .filter(fault -> fault != Fault.CLOCK || clocks.isPresent())
        .toList();
  }

  @Override
  public void close() {
    nodes.forEach(TestedNode::close);
    backends.forEach(TestedBackend::close);
    network.close();
  }

  private void startNodes(Options options, Path directory, Timeline time) {
    List<LimpetNode> limpets = new ArrayList<>();
    for (int i = 0; i < options.nodes(); i++) {
      String name = "node-" + (i + 1);
      Map<String, String> environment = clocks.map(set -> set.environment(name)).orElse(Map.of());
      limpets.add(new LimpetNode(name, directory, network.machine(i, environment)));
    }
    String servers =
        backends.stream()
            .map(
                backend ->
                    "{ address = \"" + backend.address() + "\", id = " + backend.name() + " }")
            .collect(Collectors.joining(", "));
    String peers =
        limpets.stream()
            .map(node -> "\"" + node.clusterAddress() + "\"")
            .collect(Collectors.joining(", "));
    String settings =
        upstreamsAndHosts(servers)
            + "cluster.peers = [ "
            + peers
            + " ]\n"
            + (options.tls() ? tls(directory, limpets) : "cluster.insecure = on\n")
            + options.settings();
    for (LimpetNode limpet : limpets) {
      TestedNode node = new TestedNode(limpet, time);
      nodes.add(node);
      node.start(settings);
    }
    await("all nodes are ready")
        .atMost(Duration.ofSeconds(60))
        .until(() -> nodes.stream().allMatch(TestedNode::isReady));
  }

  private static String tls(Path directory, List<LimpetNode> limpets) {
    Set<String> hosts =
        limpets.stream()
            .map(node -> node.clusterAddress().replaceFirst(":[0-9]+$", ""))
            .collect(Collectors.toSet());
    return NodeCertificates.make(directory, "certs", hosts).settings();
  }

  private static Network network(Options options, Consumer<String> log) {
    if (!options.faults().contains(Fault.PARTITION)) {
      return new Network.Loopback();
    }
    try {
      return Namespaces.create(options.nodes());
    } catch (IOException e) {
      log.accept("no partitions, for network namespaces cannot be made here: " + e.getMessage());
      return new Network.Loopback();
    }
  }

  /** {@link Limits#OF_THE_SITE} follows from the health checks. */
  private static String upstreamsAndHosts(String servers) {
    StringBuilder settings = new StringBuilder();
    for (ClientKind kind : ClientKind.ALL) {
      settings.append(
          """
          upstreams.%s {
            servers = [ %s ]
            affinity { %s }
            health { interval = 500ms, timeout = 2s, path = "/health" }
          }
          """
              .formatted(kind.name(), servers, kind.settings()));
    }
    String routes =
        ClientKind.ALL.stream()
            .map(kind -> "{ path = \"/%s/\", upstream = %s }".formatted(kind.name(), kind.name()))
            .collect(Collectors.joining(", "));
    return settings.append("hosts = [ { routes = [ ").append(routes).append(" ] } ]\n").toString();
  }
}
