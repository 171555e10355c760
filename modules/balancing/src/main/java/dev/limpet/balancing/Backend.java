package dev.limpet.balancing;

import dev.limpet.model.BackendId;
import dev.limpet.model.Server;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A server with this node's count of the requests and tunnels that are under way at it, which never
 * exceeds what the server may have. There is one for each server for as long as the node knows it.
 */
public final class Backend {

  private final Server server;
  private final boolean limited;
  private final AtomicInteger active = new AtomicInteger();

  public Backend(Server server) {
    this.server = server;
    this.limited = server.maxConnections() > 0;
  }

  public Server server() {
    return server;
  }

  public BackendId id() {
    return server.id();
  }

  public long hash() {
    return server.id().hash();
  }

  /** Requests under way from this node. */
  public int active() {
    return active.get();
  }

  /** Whether it takes a limited number of requests at one time. */
  public boolean isLimited() {
    return limited;
  }

  /** Whether it can take one more, at this moment. */
  public boolean hasRoom() {
    return !limited || active.get() < server.maxConnections();
  }

  /**
   * Counts one more request, to be followed by one {@link #end}.
   *
   * @return false if the server is full; then nothing is counted
   */
  public boolean tryBegin() {
    if (!limited) {
      active.incrementAndGet();
      return true;
    }
    int now = active.get();
    while (now < server.maxConnections()) {
      int witness = active.compareAndExchange(now, now + 1);
      if (witness == now) {
        return true;
      }
      now = witness;
    }
    return false;
  }

  public void end() {
    active.decrementAndGet();
  }

  @Override
  public String toString() {
    return server.id().value();
  }
}
