package dev.limpet.e2e.affinity.site;

import static org.awaitility.Awaitility.await;

import dev.limpet.e2e.affinity.history.Limits;
import dev.limpet.e2e.affinity.history.Timeline;
import dev.limpet.e2e.affinity.site.Options.Discovery;
import dev.limpet.e2e.fixture.LimpetNode;
import dev.limpet.e2e.fixture.Machine;
import dev.limpet.e2e.fixture.NodeCertificates;
import dev.limpet.testkit.ApiServer;
import dev.limpet.testkit.DnsServer;
import dev.limpet.testkit.Ports;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The nodes and backends of a run. Where nodes find one another, they may come and go. One thread
 * has them do so; the others look on.
 */
public final class Site implements AutoCloseable {

  /** Each start of a node at another one, as pods have it; all of 127.0.0.0/8 is this machine. */
  private static final String HOSTS = "127.0.1.";

  private static final int FIRST_HOST = 10;
  private static final int LAST_HOST = 250;

  /** After so long, in milliseconds, others vote in the place of those that have died. */
  public static final int SUCCESSION = (int) Whereabouts.VOTER_TIMEOUT.plusSeconds(10).toMillis();

  private final Options options;
  private final Path directory;
  private final Timeline time;
  private final Network network;
  private final Optional<Clocks> clocks;
  private final List<TestedBackend> backends = new ArrayList<>();

  /** All that there have ever been. */
  private final List<TestedNode> nodes = new CopyOnWriteArrayList<>();

  private final List<TestedNode> members = new CopyOnWriteArrayList<>();

  /** Where nodes are that have left, and of which one can still hear. */
  private final Set<String> left = new LinkedHashSet<>();

  /** That of all nodes, where each has a host of its own. */
  private final int clusterPort = Ports.free();

  private Whereabouts whereabouts = new Whereabouts.Peers(List.of());
  private Optional<NodeCertificates> certificates = Optional.empty();
  private String settings = "";
  private int hosts;

  private Site(
      Options options, Path directory, Timeline time, Network network, Optional<Clocks> clocks) {
    this.options = options;
    this.directory = directory;
    this.time = time;
    this.network = network;
    this.clocks = clocks;
  }

  /** Starts everything, and waits until all nodes are Ready. */
  public static Site start(Options options, Path directory, Timeline time, Consumer<String> log) {
    Network network = network(options, log);
    Optional<Clocks> clocks =
        options.faults().contains(Fault.CLOCK) ? Clocks.find(directory) : Optional.empty();
    if (clocks.isEmpty() && options.faults().contains(Fault.CLOCK)) {
      log.accept("no clocks are skewed: there is no libfaketime");
    }
    Site site = new Site(options, directory, time, network, clocks);
    Runtime.getRuntime().addShutdownHook(new Thread(site::close, "close-site"));
    try {
      for (int i = 1; i <= options.backends(); i++) {
        site.backends.add(
            new TestedBackend("backend-" + i, network.backendHost(), directory, time));
      }
      site.startNodes();
      return site;
    } catch (RuntimeException e) {
      site.close();
      throw e;
    }
  }

  public Network network() {
    return network;
  }

  /** Empty where the wall clock cannot be set for one process. */
  public Optional<Clocks> clocks() {
    return clocks;
  }

  public List<TestedBackend> backends() {
    return backends;
  }

  /** All that there have ever been. */
  public List<TestedNode> nodes() {
    return nodes;
  }

  /** Those that make up the site now, the oldest first. */
  public List<TestedNode> members() {
    return members;
  }

  /** Those of the nodes, which are the same for all; empty without TLS. */
  public Optional<NodeCertificates> certificates() {
    return certificates;
  }

  /** Makes certificates of another authority. */
  public NodeCertificates newCertificates(String name) {
    Set<String> names =
        options.discovery() == Discovery.PEERS
            ? nodes.stream()
                .map(node -> node.limpet().clusterAddress().replaceFirst(":[0-9]+$", ""))
                .collect(Collectors.toSet())
            : IntStream.range(FIRST_HOST, LAST_HOST)
                .mapToObj(host -> HOSTS + host)
                .collect(Collectors.toSet());
    return NodeCertificates.make(directory, name, names);
  }

  /** The faults among these that this machine allows for. */
  public List<Fault> possible(List<Fault> faults) {
    return faults.stream()
        .filter(fault -> fault != Fault.PARTITION || network.canCut())
        .filter(fault -> fault != Fault.CLOCK || clocks.isPresent())
        .toList();
  }

  /**
   * Has another node come. With Kubernetes it is one that has been there before, if there is any,
   * with all that it has kept on its disk, as in a StatefulSet.
   */
  public TestedNode add() {
    Optional<TestedNode> known =
        options.discovery() == Discovery.KUBERNETES
            ? nodes.stream().filter(node -> !members.contains(node)).findFirst()
            : Optional.empty();
    left.clear();
    TestedNode node = known.orElseGet(this::make);
    known.ifPresent(this::move);
    members.add(node);
    announce();
    if (known.isPresent()) {
      node.restart();
    } else {
      node.start(settings);
    }
    return node;
  }

  /**
   * Has nodes go at one time, for good or until they are added again. One can hear for a while yet
   * that they were there.
   *
   * @param orderly by SIGTERM, and they end when they are done
   */
  public void remove(List<TestedNode> leavers, boolean orderly) {
    members.removeAll(leavers);
    leavers.forEach(node -> left.add(host(node)));
    if (orderly) {
      leavers.parallelStream().forEach(TestedNode::stop);
    } else {
      leavers.forEach(TestedNode::kill);
    }
    announce();
  }

  /** Starts a dead node again: in Kubernetes at another address. */
  public void restart(TestedNode node) {
    if (options.discovery() == Discovery.KUBERNETES) {
      left.add(host(node));
      move(node);
      announce();
    }
    node.restart();
  }

  /** Whether nodes that ask for the others get no answer. */
  public void fail(boolean all) {
    whereabouts.fail(all);
  }

  @Override
  public void close() {
    nodes.forEach(TestedNode::close);
    backends.forEach(TestedBackend::close);
    whereabouts.close();
    network.close();
  }

  private void startNodes() {
    for (int i = 0; i < options.nodes(); i++) {
      members.add(make());
    }
    whereabouts =
        switch (options.discovery()) {
          case PEERS ->
              new Whereabouts.Peers(
                  members.stream().map(node -> node.limpet().clusterAddress()).toList());
          case DNS -> new Whereabouts.Dns(new DnsServer(), clusterPort);
          case KUBERNETES -> {
            ApiServer server = new ApiServer();
            yield new Whereabouts.Kubernetes(
                server, server.writeAccount(directory.resolve("account")), clusterPort);
          }
        };
    if (options.tls()) {
      certificates = Optional.of(newCertificates("certs"));
    }
    settings =
        upstreamsAndHosts()
            + whereabouts.settings()
            + certificates.map(NodeCertificates::settings).orElse("cluster.insecure = on\n")
            + options.settings();
    announce();
    members.forEach(node -> node.start(settings));
    await("all nodes are ready")
        .atMost(Duration.ofSeconds(60))
        .until(() -> members.stream().allMatch(TestedNode::isReady));
  }

  private TestedNode make() {
    int number = nodes.size();
    String name = "node-" + (number + 1);
    Map<String, String> environment = clocks.map(set -> set.environment(name)).orElse(Map.of());
    LimpetNode limpet = new LimpetNode(name, directory, network.machine(number, environment));
    options.from().ifPresent(limpet::runFrom);
    TestedNode node = new TestedNode(limpet, time);
    if (options.discovery() != Discovery.PEERS) {
      move(node);
    }
    nodes.add(node);
    return node;
  }

  private void move(TestedNode node) {
    Machine machine = node.limpet().machine();
    String host = HOSTS + (FIRST_HOST + hosts++ % (LAST_HOST - FIRST_HOST));
    node.limpet()
        .moveTo(
            new Machine(machine.address(), host, machine.enter(), machine.environment()),
            clusterPort);
  }

  private void announce() {
    Set<String> all = new LinkedHashSet<>(left);
    members.forEach(node -> all.add(host(node)));
    whereabouts.announce(all);
  }

  private static String host(TestedNode node) {
    return node.limpet().machine().clusterAddress();
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
  private String upstreamsAndHosts() {
    String servers =
        backends.stream()
            .map(
                backend ->
                    "{ address = \"" + backend.address() + "\", id = " + backend.name() + " }")
            .collect(Collectors.joining(", "));
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
