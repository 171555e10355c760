package dev.limpet.balancing;

import dev.limpet.model.BackendId;
import dev.limpet.model.Server;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A server with this node's count of the requests that wait for its response. There is one for each
 * server for as long as the node knows it.
 */
public final class Backend {

  private final Server server;
  private final AtomicInteger active = new AtomicInteger();

  public Backend(Server server) {
    this.server = server;
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

  /** Requests in flight from this node; each {@link #begin} is followed by one {@link #end}. */
  public int active() {
    return active.get();
  }

  public void begin() {
    active.incrementAndGet();
  }

  public void end() {
    active.decrementAndGet();
  }

  @Override
  public String toString() {
    return server.id().value();
  }
}
