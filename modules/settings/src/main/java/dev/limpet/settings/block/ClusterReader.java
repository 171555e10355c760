package dev.limpet.settings.block;

import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import dev.limpet.model.net.HostPort;
import dev.limpet.model.net.NamePattern;
import dev.limpet.model.settings.NodeDiscovery;
import dev.limpet.model.settings.Settings;
import dev.limpet.settings.hocon.Section;
import dev.limpet.settings.hocon.Values;
import dev.limpet.settings.secret.CookieKeysReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;

/** Reads {@code cluster}. */
final class ClusterReader {

  private static final int MOST_NODES = 1000;

  private static final Map<String, Integer> VOTERS = new TreeMap<>(Map.of("3", 3, "5", 5));

  private static final Set<String> ANY_ADDRESS = Set.of("0.0.0.0", "::");

  private ClusterReader() {}

  static Settings.Cluster read(HostPort bind, Section cluster) {
    HostPort address =
        cluster.has("address")
            ? cluster.get("address", bind, value -> address(value, bind.port()))
            : bind;
    Optional<NodeDiscovery> discovery =
        cluster.sectionIfSet("discovery").flatMap(ClusterReader::discovery);
    int voters = cluster.get("voters", 3, value -> Values.choice(value, VOTERS));
    Optional<Settings.ClusterTls> tls = cluster.sectionIfSet("tls").map(ClusterReader::tls);
    boolean insecure = cluster.onOff("insecure");
    checkReach(bind, address, cluster);
    if (tls.isEmpty() && !insecure && !bind.isLoopback()) {
      cluster.reject(
          "bind",
          "\""
              + bind
              + "\" can be reached from other machines, and without cluster.tls whoever reaches it can"
              + " read and change all that the cluster knows; set cluster.tls (limpet certs init makes"
              + " the certificates), bind to a loopback address, or set cluster.insecure = on");
    }
    return new Settings.Cluster(
        cluster.get("name", "", Values::clusterName),
        bind,
        address,
        cluster.has("discovery") ? noPeers(cluster) : peers(address, cluster),
        discovery,
        voters,
        cluster.duration("voter-timeout", "10s", "1d"),
        cluster.has("expect") ? cluster.whole("expect", 1, MOST_NODES) : voters,
        cluster.duration("join-timeout", "0s", "1h"),
        cluster.whole("max-sessions", 500_000, 100_000_000),
        tls,
        insecure,
        new CookieKeysReader(System::getenv).read(cluster, "cookie-keys"));
  }

  /** With a port, or a host alone, as Kubernetes tells a pod its own, IPv6 without brackets. */
  private static HostPort address(ConfigValue value, int port) {
    String text = Values.text(value, "an address \"host:port\"");
    boolean hasPort = text.startsWith("[") || text.chars().filter(c -> c == ':').count() == 1;
    if (hasPort || text.matches("[0-9]{0,5}") || text.contains("/")) {
      return Values.address(value, 1);
    }
    String host = text.indexOf(':') >= 0 ? "[" + text + "]" : text;
    return Values.address(ConfigValueFactory.fromAnyRef(host + ":" + port), 0);
  }

  private static void checkReach(HostPort bind, HostPort address, Section cluster) {
    if (ANY_ADDRESS.contains(address.host()) && cluster.has("address")) {
      cluster.reject("address", "\"" + address + "\" is no address that the other nodes can reach");
    } else if (ANY_ADDRESS.contains(bind.host())
        && !cluster.has("address")
        && (cluster.has("peers") || cluster.has("discovery"))) {
      cluster.reject(
          "bind",
          "\""
              + bind
              + "\" does not say where the other nodes reach this one; set cluster.address");
    } else if (!cluster.has("address")
        && cluster.has("discovery")
        && cluster.section("discovery").has("kubernetes")) {
      cluster.reject(
          "address",
          "missing; with discovery.kubernetes it is the pod's own address, such as address ="
              + " ${POD_IP}");
    }
  }

  private static List<HostPort> noPeers(Section cluster) {
    if (cluster.has("peers")) {
      cluster.reject(
          "peers", "cluster.discovery finds the nodes; either list them, or have them found");
    }
    return List.of();
  }

  private static List<HostPort> peers(HostPort address, Section cluster) {
    List<HostPort> peers = new ArrayList<>();
    cluster.list(
        "peers",
        value -> {
          HostPort peer = Values.address(value, 1);
          if (peers.contains(peer)) {
            throw new IllegalArgumentException("duplicate peer \"" + peer + "\"");
          }
          return peers.add(peer);
        });
    if (cluster.has("expect")) {
      cluster.reject("expect", "only goes with cluster.discovery; cluster.peers lists all nodes");
    }
    if (peers.isEmpty()) {
      peers.add(address);
    } else if (!peers.contains(address)) {
      cluster.reject(
          "peers",
          "this node's own cluster.%s, \"%s\", is not among the peers; all nodes list the same peers,"
                  .formatted(cluster.has("address") ? "address" : "bind", address)
              + " themselves included");
    }
    if (peers.size() % 2 == 0) {
      cluster.warn(
          "peers",
          peers.size() == 2
              ? "when one of two nodes dies, the other has no majority; run one, or three"
              : "%d nodes bear no more deaths than %d do; an odd number is better"
                  .formatted(peers.size(), peers.size() - 1));
    }
    return List.copyOf(peers);
  }

  private static Optional<NodeDiscovery> discovery(Section discovery) {
    Optional<NodeDiscovery> dns = discovery.sectionIfSet("dns").map(ClusterReader::dns);
    Optional<NodeDiscovery> kubernetes =
        discovery.sectionIfSet("kubernetes").map(ClusterReader::kubernetes);
    if (dns.isPresent() == kubernetes.isPresent()) {
      discovery.reject(
          dns.isPresent()
              ? "dns and kubernetes: nodes find one another by one of them"
              : "by what? Set dns or kubernetes");
    }
    return dns.or(() -> kubernetes);
  }

  private static NodeDiscovery dns(Section dns) {
    return new NodeDiscovery.Dns(
        dns.get("name", "", DiscoveryReader::domain),
        port(dns),
        List.copyOf(dns.list("resolvers", value -> Values.address(value, 1))));
  }

  private static NodeDiscovery kubernetes(Section kubernetes) {
    return new NodeDiscovery.Kubernetes(
        kubernetes.has("namespace")
            ? Optional.of(kubernetes.get("namespace", "", DiscoveryReader::label))
            : Optional.empty(),
        kubernetes.get("service", "", DiscoveryReader::label),
        port(kubernetes));
  }

  private static OptionalInt port(Section section) {
    return section.has("port")
        ? OptionalInt.of(section.whole("port", 1, 65535))
        : OptionalInt.empty();
  }

  private static Settings.ClusterTls tls(Section tls) {
    Path chain = tls.get("certificate", CertificateReader.NONE, Values::file);
    Path key = tls.get("key", CertificateReader.NONE, Values::file);
    Path ca = tls.get("ca", CertificateReader.NONE, Values::file);
    CertificateReader.check(tls, chain, key);
    CertificateReader.check(tls, "ca", ca);
    return new Settings.ClusterTls(
        chain, key, ca, tls.list("names", value -> new NamePattern(Values.text(value))));
  }
}
