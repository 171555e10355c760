package dev.limpet.cluster;

import akka.actor.typed.Behavior;
import dev.limpet.cluster.discovery.DnsNodes;
import dev.limpet.cluster.formation.Formation;
import dev.limpet.cluster.formation.Gathering;
import dev.limpet.cluster.voters.Electorate;
import dev.limpet.cluster.voters.VoterRoll;
import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.NodeDiscovery;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.KubernetesFinder;
import dev.limpet.model.state.NodeFinder;
import java.io.UncheckedIOException;
import java.net.UnknownHostException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** How this node gets into the cluster, as often as it has to. Safe for threads. */
final class WayIn {

  private final Settings.Cluster settings;
  private final String name;
  private final HostPort address;
  private final Optional<NodeFinder> finder;
  private final VoterRoll voters;
  private final Map<String, HostPort> lastSeen = new ConcurrentHashMap<>();

  /** When this process began, and chance. */
  private final long process =
      System.currentTimeMillis() << Short.SIZE
          | ThreadLocalRandom.current().nextInt(1 << Short.SIZE);

  private WayIn(
      Settings.Cluster settings,
      String name,
      HostPort address,
      Optional<NodeFinder> finder,
      VoterRoll voters) {
    this.settings = settings;
    this.name = name;
    this.address = address;
    this.finder = finder;
    this.voters = voters;
    settings.peers().forEach(peer -> lastSeen.put(peer.toString(), peer));
  }

  /**
   * @param kubernetes finds nodes there, if the settings want it
   * @throws UncheckedIOException names a host that cannot be looked up
   */
  static WayIn of(Settings settings, KubernetesFinder kubernetes) {
    Settings.Cluster cluster = settings.cluster();
    String name = settings.node().name();
    if (cluster.discovery().isEmpty()) {
      return new WayIn(
          cluster,
          name,
          cluster.address(),
          Optional.empty(),
          VoterRoll.fixed(
              cluster.address().toString(),
              cluster.peers().stream().map(HostPort::toString).toList()));
    }
    return new WayIn(
        cluster,
        name,
        literal(cluster.address()),
        Optional.of(
            switch (cluster.discovery().get()) {
              case NodeDiscovery.Dns dns -> new DnsNodes(dns);
              case NodeDiscovery.Kubernetes how -> kubernetes.nodes(how);
            }),
        new VoterRoll(name, cluster.voters(), cluster.voterTimeout(), Electorate.NONE));
  }

  /**
   * Those that find a node have looked its name up, and Akka takes in no message to another
   * spelling of an address than its own.
   */
  private static HostPort literal(HostPort address) {
    try {
      return address.isLiteral()
          ? address
          : new HostPort(
              address.resolve().getFirst().getAddress().getHostAddress(), address.port());
    } catch (UnknownHostException e) {
      throw new UncheckedIOException(
          "cluster.address: the host \"" + address.host() + "\" cannot be looked up", e);
    }
  }

  /** Where others reach this node: with a discovery, an IP address. */
  HostPort address() {
    return address;
  }

  VoterRoll voters() {
    return voters;
  }

  /** Where nodes were last, by their ids. */
  Map<String, HostPort> lastSeen() {
    return lastSeen;
  }

  /**
   * The actor that brings this node in.
   *
   * @param founded told of those who vote where this node begins a cluster; none where it leaves
   *     one
   */
  Behavior<Formation.Command> formation(LongSupplier millis, Consumer<Electorate> founded) {
    return finder
        .map(found -> Gathering.create(gathering(found, millis, founded)))
        .orElseGet(() -> Formation.create(settings.name(), address, settings.peers()));
  }

  private Gathering.Way gathering(
      NodeFinder found, LongSupplier millis, Consumer<Electorate> founded) {
    return new Gathering.Way(
        settings.name(),
        new Gathering.Self(name, process, address, settings.expect(), settings.voters()),
        found,
        voters::electorate,
        founded,
        millis);
  }
}
