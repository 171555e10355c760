package dev.limpet.e2e;

import java.nio.file.Path;
import java.util.Collection;

/** An authority of a cluster's, and one certificate for all its nodes. */
public record NodeCertificates(Path directory) {

  /**
   * Has the program make them.
   *
   * @param hosts of the nodes' {@code cluster.bind}
   */
  public static NodeCertificates make(Path parent, String name, Collection<String> hosts) {
    Path made = parent.resolve(name);
    try (Child child =
        LimpetNode.command(
            parent, "certs", "init", "--dir", made.toString(), "node=" + String.join(",", hosts))) {
      if (child.awaitExit() != 0) {
        throw new IllegalStateException(child.output());
      }
    }
    return new NodeCertificates(made);
  }

  /** As a part of a node's settings. */
  public String settings() {
    return "cluster.tls { certificate = \"%s\", key = \"%s\", ca = \"%s\" }\n"
        .formatted(certificate(), key(), authority());
  }

  Path certificate() {
    return directory.resolve("node.crt");
  }

  Path key() {
    return directory.resolve("node.key");
  }

  Path authority() {
    return directory.resolve("ca.crt");
  }
}
