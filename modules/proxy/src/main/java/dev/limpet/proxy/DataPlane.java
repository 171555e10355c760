package dev.limpet.proxy;

import dev.limpet.balancing.Backend;
import dev.limpet.balancing.affinity.SessionCookie;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.state.ClusterState;
import dev.limpet.model.state.Placement;
import dev.limpet.model.state.SessionKey;
import dev.limpet.model.state.SessionTable;
import dev.limpet.proxy.accesslog.AccessLog;
import dev.limpet.proxy.upstream.LoopConnections;
import dev.limpet.transport.Loop;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;

/** What all exchanges of a node share: the routing plan, connections and counters. */
final class DataPlane {

  private final ClusterState cluster;
  private final List<LoopConnections> connections;
  private final AccessLog accessLog;
  private final Via via = new Via();
  private final LongAdder requests = new LongAdder();
  private final UnknownIds unknownIds = new UnknownIds();
  private volatile RoutingPlan plan = RoutingPlan.EMPTY;

  /** The ticking loop's. */
  private boolean loadReported;

  DataPlane(ClusterState cluster, List<Loop> loops, AccessLog accessLog) {
    this.cluster = cluster;
    connections = loops.stream().map(LoopConnections::new).toList();
    this.accessLog = accessLog;
    loops.getFirst().every(Duration.ofSeconds(1), this::tick);
    loops.getFirst().every(Duration.ofMillis(250), this::tellAnswers);
  }

  private void tellAnswers() {
    long now = System.nanoTime();
    Set<ServerId> answered = new HashSet<>();
    plan.groups().values().forEach(group -> group.collectAnswered(now, answered));
    if (!answered.isEmpty()) {
      cluster.reportAnswered(answered);
    }
  }

  private void tick() {
    Map<ServerId, Integer> lasting = new HashMap<>();
    plan.groups().values().forEach(group -> group.tick(lasting));
    // Where nothing lasts there is nothing to wake anybody for, once that has been said.
    if (!lasting.isEmpty() || loadReported) {
      cluster.reportLoad(lasting);
      loadReported = !lasting.isEmpty();
    }
  }

  /** What new requests go by. */
  RoutingPlan plan() {
    return plan;
  }

  void follow(RoutingPlan next) {
    plan = next;
  }

  LoopConnections connections(Loop loop) {
    return connections.get(loop.index());
  }

  Via via() {
    return via;
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

  UnknownIds unknownIds() {
    return unknownIds;
  }

  /**
   * A session of a client that has none yet. Its key needs to be unique, not secret: it is signed.
   */
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
