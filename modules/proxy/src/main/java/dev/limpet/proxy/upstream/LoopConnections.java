package dev.limpet.proxy.upstream;

import dev.limpet.model.settings.Settings;
import dev.limpet.transport.loop.Loop;
import dev.limpet.transport.tls.TlsClient;
import dev.limpet.transport.tunnel.Tunnels;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All connections of one loop to servers, and the clock that ends what is late. Deadlines are kept
 * to within a tick: a timer for each request would cost more than it gives.
 */
public final class LoopConnections {

  private static final Duration TICK = Duration.ofMillis(100);

  /** Two upstreams may name the same server and treat it differently. */
  private record PoolKey(String upstream, Addresses addresses) {}

  private final Loop loop;
  private final Map<PoolKey, UpstreamPool> pools = new HashMap<>();
  private final Set<Expiring> open = new HashSet<>();
  private final Tunnels tunnels;

  /** Something that may not go on forever. */
  public interface Expiring {

    /** Ends it if it is late. */
    void expire(long now);
  }

  public LoopConnections(Loop loop) {
    this.loop = loop;
    this.tunnels = new Tunnels(loop);
    loop.every(TICK, this::tick);
  }

  /**
   * The pool for a server of an upstream; call on this loop only.
   *
   * @param tls null for plain connections
   */
  public UpstreamPool pool(
      Addresses addresses, Settings.Upstream upstream, @Nullable TlsClient tls) {
    PoolKey key = new PoolKey(upstream.name(), addresses);
    UpstreamPool pool = pools.get(key);
    if (pool == null || !pool.isFor(upstream, tls)) {
      pool = new UpstreamPool(loop, addresses, upstream, tls, this);
      pools.put(key, pool);
    }
    return pool;
  }

  /** Closes one connection that no request needs, if there is one. */
  void closeIdle() {
    for (UpstreamPool pool : pools.values()) {
      if (pool.closeIdle()) {
        return;
      }
    }
  }

  /** The tunnels that upgraded connections have become. */
  public Tunnels tunnels() {
    return tunnels;
  }

  /** From now on it is asked to expire; call on this loop only. */
  public void add(Expiring late) {
    open.add(late);
  }

  /**
   * @return whether it had been added
   */
  public boolean remove(Expiring late) {
    return open.remove(late);
  }

  private void tick() {
    long now = System.nanoTime();
    // Ending one takes it out of the set.
    for (Expiring late : new ArrayList<>(open)) {
      try {
        late.expire(now);
      } catch (Throwable thrown) {
        open.remove(late);
        loop.faults().caught("a server's connection", thrown);
      }
    }
    // Servers come and go.
    pools.values().removeIf(UpstreamPool::isEmpty);
  }
}
