package dev.limpet.proxy.upstream;

import dev.limpet.model.Settings;
import dev.limpet.transport.Loop;
import dev.limpet.transport.TlsClient;
import dev.limpet.transport.Tunnels;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * All connections of one loop to servers, and the clock that ends those which are late. Deadlines
 * are kept to within a tick: a timer for each request would cost more than it gives.
 */
public final class LoopConnections {

  private static final long TICK_MILLIS = 100;

  /** Two upstreams may name the same server and treat it differently. */
  private record Place(String upstream, InetSocketAddress address) {}

  private final Loop loop;
  private final Map<Place, UpstreamPool> pools = new HashMap<>();
  private final Set<UpstreamConnection> open = new HashSet<>();
  private final Tunnels tunnels;

  public LoopConnections(Loop loop) {
    this.loop = loop;
    this.tunnels = new Tunnels(loop);
    loop.executor()
        .scheduleAtFixedRate(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
  }

  /**
   * The pool for a server of an upstream; call on this loop only.
   *
   * @param tls null for plain connections
   */
  public UpstreamPool pool(
      InetSocketAddress address, Settings.Upstream upstream, @Nullable TlsClient tls) {
    Place place = new Place(upstream.name(), address);
    UpstreamPool pool = pools.get(place);
    if (pool == null) {
      pool = new UpstreamPool(loop, address, upstream.timeouts(), tls, this);
      pools.put(place, pool);
    }
    return pool;
  }

  /** What connections have become that were upgraded. */
  public Tunnels tunnels() {
    return tunnels;
  }

  void add(UpstreamConnection connection) {
    open.add(connection);
  }

  void remove(UpstreamConnection connection) {
    open.remove(connection);
  }

  private void tick() {
    long now = System.nanoTime();
    // Ending a connection takes it out of the set.
    for (UpstreamConnection connection : new ArrayList<>(open)) {
      connection.expire(now);
    }
  }
}
