package dev.limpet.model.settings;

import dev.limpet.model.net.HostPort;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** A way by which an upstream's servers are found, beside those that its settings list. */
public sealed interface Discovery {

  /** How long a server that is not found any more keeps its clients. */
  Duration drain();

  /** Of each server, as {@link Server#maxConnections}. */
  int maxConnections();

  /** Of each server, as {@link ServerOptions#slowStart}. */
  Duration slowStart();

  /**
   * Servers that DNS names.
   *
   * @param name a host, whose addresses are the servers'; or a service (RFC 2782)
   * @param port where a host's servers listen; empty where the name is a service's
   * @param resolvers whom to ask; empty for the system's
   * @param timeout how long one of them may take to answer
   */
  record Dns(
      String name,
      OptionalInt port,
      List<HostPort> resolvers,
      Duration timeout,
      Duration drain,
      int maxConnections,
      Duration slowStart)
      implements Discovery {}

  /**
   * Servers that are endpoints in Kubernetes.
   *
   * @param service the name of a Service; else there is a selector
   * @param selector of the EndpointSlices' labels
   * @param namespace empty for this node's own
   * @param port by its number or its name; empty where there is one only
   */
  record Kubernetes(
      Optional<String> service,
      Optional<String> selector,
      Optional<String> namespace,
      Optional<String> port,
      Duration drain,
      int maxConnections,
      Duration slowStart)
      implements Discovery {}
}
