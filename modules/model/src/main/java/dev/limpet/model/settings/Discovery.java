package dev.limpet.model.settings;

import dev.limpet.model.net.HostPort;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;

/** The ways by which an upstream's servers are found, beside those that its settings list. */
public record Discovery(Dns dns) {

  /**
   * Servers that DNS names.
   *
   * @param name a host, whose addresses are the servers'; or a service (RFC 2782)
   * @param port where a host's servers listen; empty where the name is a service's
   * @param resolvers whom to ask; empty for the system's
   * @param timeout how long one of them may take to answer
   * @param drain how long a server that is not in the answers any more keeps its clients
   * @param maxConnections of each server, as {@link Server#maxConnections}
   * @param slowStart of each server, as {@link ServerOptions#slowStart}
   */
  public record Dns(
      String name,
      OptionalInt port,
      List<HostPort> resolvers,
      Duration timeout,
      Duration drain,
      int maxConnections,
      Duration slowStart) {}
}
