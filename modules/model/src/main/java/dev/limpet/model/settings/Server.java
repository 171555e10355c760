package dev.limpet.model.settings;

import dev.limpet.model.net.HostPort;

/**
 * One server of an upstream, as settings declare it.
 *
 * @param id its lasting name
 * @param address where it listens
 * @param weight its share of new clients, at least 1
 * @param maxConnections requests and tunnels under way at one time, for each node; 0 for any number
 */
public record Server(
    ServerId id, HostPort address, int weight, int maxConnections, ServerOptions options) {

  /** A server like the others. */
  public Server(ServerId id, HostPort address, int weight, int maxConnections) {
    this(id, address, weight, maxConnections, ServerOptions.NONE);
  }
}
