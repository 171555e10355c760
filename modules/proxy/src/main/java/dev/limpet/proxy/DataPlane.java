package dev.limpet.proxy;

import akka.http.javadsl.model.HttpHeader;
import dev.limpet.balancing.Backend;
import dev.limpet.balancing.RouteTable;
import dev.limpet.balancing.SessionCookie;
import dev.limpet.model.ClusterState;
import dev.limpet.model.Placement;
import dev.limpet.model.SessionKey;
import dev.limpet.model.SessionTable;
import dev.limpet.model.Settings;
import dev.limpet.proxy.accesslog.AccessLog;
import dev.limpet.proxy.upstream.LoopConnections;
import dev.limpet.transport.Loop;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** What all exchanges of a node share: routes, upstreams, connections and counters. */
final class DataPlane {

  private final ClusterState cluster;
  private final Settings settings;
  private final Map<String, RouteTable> routes = new HashMap<>();
  private final Map<String, HttpHeader> strictTransport = new HashMap<>();
  private final Map<String, UpstreamGroup> groups = new HashMap<>();
  private final List<LoopConnections> connections;
  private final AccessLog accessLog;
  private final LongAdder requests = new LongAdder();

  DataPlane(ClusterState cluster, Settings settings, List<Loop> loops, AccessLog accessLog) {
    this.cluster = cluster;
    this.settings = settings;
    for (Settings.Listener listener : settings.listeners()) {
      routes.put(listener.name(), RouteTable.of(settings.hosts(), listener.name()));
      HttpHeader header = Responses.strictTransport(listener);
      if (header != null) {
        strictTransport.put(listener.name(), header);
      }
    }
    settings.upstreams().forEach((name, upstream) -> groups.put(name, new UpstreamGroup(upstream, cluster)));
    connections = loops.stream().map(LoopConnections::new).toList();
    this.accessLog = accessLog;
    loops
        .getFirst()
        .every(
            Duration.ofSeconds(1),
            () -> groups.values().forEach(UpstreamGroup::tick));
  }

  RouteTable routes(String listener) {
    return Objects.requireNonNull(routes.get(listener), listener);
  }

  /** Null where the listener has no such header. */
  @Nullable HttpHeader strictTransport(String listener) {
    return strictTransport.get(listener);
  }

  UpstreamGroup group(String upstream) {
    return Objects.requireNonNull(groups.get(upstream), upstream);
  }

  Iterable<UpstreamGroup> groups() {
    return groups.values();
  }

  LoopConnections connections(Loop loop) {
    return connections.get(loop.index());
  }

  AccessLog accessLog() {
    return accessLog;
  }

  /** Ends all tunnels, one after the other over this time. */
  void closeTunnels(Duration spread) {
    connections.forEach(ofLoop -> ofLoop.tunnels().closeOver(spread));
  }

  ClusterState cluster() {
    return cluster;
  }

  SessionTable sessions() {
    return cluster.sessions();
  }

  /** In bytes. */
  long maxBodySize() {
    long limit = settings.limits().maxBodySize();
    return limit == 0 ? Long.MAX_VALUE : limit;
  }

  /** A session of a client that has none yet. Its key needs to be unique, not secret: it is signed. */
  SessionCookie newSession(Backend backend) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    SessionKey key = new SessionKey(random.nextLong(), random.nextLong());
    return new SessionCookie(key, new Placement(backend.hash(), 0), nowSeconds());
  }

  /** The cluster's time, so that all nodes agree on how old a cookie is. */
  long nowSeconds() {
    return cluster.millis() / 1000;
  }

  void started() {
    requests.increment();
  }

  long requests() {
    return requests.sum();
  }
}
