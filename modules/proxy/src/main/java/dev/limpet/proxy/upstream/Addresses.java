package dev.limpet.proxy.upstream;

import dev.limpet.model.net.HostPort;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The addresses of one server, and which of them took the last connection. Two are the same if they
 * hold the same, whatever has worked. Safe for any thread.
 */
public final class Addresses {

  private final HostPort server;
  private final List<InetSocketAddress> all;

  /** A race costs a connection attempt at most. */
  private volatile @Nullable InetSocketAddress worked;

  /**
   * @param all in the order in which they are to be tried; none if the name has none
   */
  public Addresses(HostPort server, List<InetSocketAddress> all) {
    this.server = server;
    this.all = List.copyOf(all);
  }

  HostPort server() {
    return server;
  }

  /** In the order in which they are to be tried: first the one that worked last. */
  List<InetSocketAddress> inOrder() {
    InetSocketAddress first = worked;
    if (first == null || first.equals(all.getFirst())) {
      return all;
    }
    List<InetSocketAddress> order = new ArrayList<>(all.size());
    order.add(first);
    for (InetSocketAddress address : all) {
      if (!address.equals(first)) {
        order.add(address);
      }
    }
    return order;
  }

  /** It has taken a connection. */
  void worked(InetSocketAddress address) {
    if (all.size() > 1) {
      worked = address;
    }
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return this == other
        || (other instanceof Addresses addresses
            && server.equals(addresses.server)
            && all.equals(addresses.all));
  }

  @Override
  public int hashCode() {
    return Objects.hash(server, all);
  }

  @Override
  public String toString() {
    return server + " at " + all;
  }
}
