package dev.limpet.cluster.state;

import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.Server;
import dev.limpet.model.settings.Settings;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds what other nodes' settings say and this node's do not, in an operator's words. Pure. While
 * settings change node by node there are such differences, and nothing is wrong.
 */
final class Differences {

  private final Settings settings;
  private final Set<String> lines = new LinkedHashSet<>();

  private Differences(Settings settings) {
    this.settings = settings;
  }

  /**
   * One line for each.
   *
   * @param declared by the nodes' unique addresses
   * @param self this node's
   */
  static Set<String> of(Map<String, Declaration> declared, String self, Settings settings) {
    Differences differences = new Differences(settings);
    declared.forEach(
        (node, declaration) -> {
          if (!node.equals(self)) {
            differences.compare(node.replaceFirst(".*@([^,]+),.*", "$1"), declaration);
          }
        });
    return differences.lines;
  }

  private void compare(String address, Declaration other) {
    if (other.name().equals(settings.node().name())) {
      lines.add(
          "the node at %s has this node's name, \"%s\"; give each its own node.name"
              .formatted(address, other.name()));
    }
    String node = other.name() + " (" + address + ")";
    comparePeers(node, other.peers());
    for (Declaration.Declared server : other.servers()) {
      Settings.Upstream upstream = settings.upstreams().get(server.upstream());
      if (upstream == null) {
        lines.add(
            "upstream %s is declared by %s, and not in this node's settings"
                .formatted(server.upstream(), node));
      } else if (upstream.discovery().isEmpty() && !lists(upstream, server.id())) {
        lines.add(
            "server %s is declared by %s, and not in this node's settings"
                .formatted(server.id(), node));
      }
    }
  }

  private void comparePeers(String node, @Nullable List<String> peers) {
    List<String> own = settings.cluster().peers().stream().map(HostPort::toString).toList();
    if (peers != null
        && settings.cluster().discovery().isEmpty()
        && !new HashSet<>(peers).equals(new HashSet<>(own))) {
      lines.add("cluster.peers of %s are %s, and this node's %s".formatted(node, peers, own));
    }
  }

  private static boolean lists(Settings.Upstream upstream, String server) {
    return upstream.servers().stream().map(Server::id).anyMatch(id -> id.value().equals(server));
  }
}
