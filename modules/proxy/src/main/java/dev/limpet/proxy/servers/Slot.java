package dev.limpet.proxy.servers;

import dev.limpet.balancing.Backend;

/**
 * Room for one request, or one tunnel, at a server. It is taken once and freed once: to free it
 * again does nothing. For one loop.
 */
public final class Slot {

  private final UpstreamQueue queue;
  private final Backend backend;
  private boolean free;

  /**
   * @param backend has counted the request
   */
  Slot(UpstreamQueue queue, Backend backend) {
    this.queue = queue;
    this.backend = backend;
  }

  public Backend backend() {
    return backend;
  }

  /** Hands it to the request that has waited for it longest, if one waits. */
  public void free() {
    if (!free) {
      free = true;
      queue.end(backend);
    }
  }
}
