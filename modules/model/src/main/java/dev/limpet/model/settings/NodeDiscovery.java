package dev.limpet.model.settings;

import dev.limpet.model.net.HostPort;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** A way by which nodes find one another, in place of a list of all of them. */
public sealed interface NodeDiscovery {

  /**
   * By a name in DNS.
   *
   * @param name a host, whose addresses are the nodes'; or a service (RFC 2782)
   * @param port of the nodes' {@code cluster.address}; empty where the name is a service's
   * @param resolvers whom to ask; empty for the system's
   */
  record Dns(String name, OptionalInt port, List<HostPort> resolvers) implements NodeDiscovery {}

  /**
   * By the EndpointSlices of a Service of Kubernetes, of pods that are ready and of those that are
   * not.
   *
   * @param namespace empty for that of this node's pod
   * @param port of the nodes' {@code cluster.address}; empty for that of the slices
   */
  record Kubernetes(Optional<String> namespace, String service, OptionalInt port)
      implements NodeDiscovery {}
}
