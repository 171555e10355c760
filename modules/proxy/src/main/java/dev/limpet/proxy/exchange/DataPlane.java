package dev.limpet.proxy.exchange;

import dev.limpet.model.settings.ServerId;
import dev.limpet.model.state.ClusterState;
import dev.limpet.proxy.accesslog.AccessLog;
import dev.limpet.proxy.affinity.NodeSessions;
import dev.limpet.proxy.message.Via;
import dev.limpet.proxy.upstream.LoopConnections;
import dev.limpet.transport.loop.Loop;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;

/** The state that all exchanges of a node share: the routing plan, connections and counters. */
public final class DataPlane {

  private final ClusterState cluster;
  private final List<LoopConnections> connections;
  private final AccessLog accessLog;
  private final Via via = new Via();
  private final LongAdder requests = new LongAdder();
  private final NodeSessions sessions;
  private volatile RoutingPlan plan = RoutingPlan.EMPTY;

  /** The ticking loop's. */
  private boolean loadReported;

  public DataPlane(ClusterState cluster, List<Loop> loops, AccessLog accessLog) {
    this.cluster = cluster;
    this.sessions = new NodeSessions(cluster);
    connections = loops.stream().map(LoopConnections::new).toList();
    this.accessLog = accessLog;
    loops.getFirst().every(Duration.ofSeconds(1), this::tick);
    loops.getFirst().every(Duration.ofMillis(250), this::tellAnswers);
  }

  private void tellAnswers() {
    long now = System.nanoTime();
    Set<ServerId> answered = new HashSet<>();
    plan.upstreams().values().forEach(upstream -> upstream.collectAnswered(now, answered));
    if (!answered.isEmpty()) {
      cluster.reportAnswered(answered);
    }
  }

  private void tick() {
    Map<ServerId, Integer> lasting = new HashMap<>();
    plan.upstreams().values().forEach(upstream -> upstream.tick(lasting));
    // Where nothing lasts there is nothing to wake anybody for, once that has been said.
    if (!lasting.isEmpty() || loadReported) {
      cluster.reportLoad(lasting);
      loadReported = !lasting.isEmpty();
    }
  }

  /** The plan that new requests go by. */
  public RoutingPlan plan() {
    return plan;
  }

  public void use(RoutingPlan next) {
    plan = next;
  }

  LoopConnections connections(Loop loop) {
    return connections.get(loop.index());
  }

  Via via() {
    return via;
  }

  public AccessLog accessLog() {
    return accessLog;
  }

  /** Ends all tunnels, one after the other over this time. */
  public void closeTunnels(Duration spread) {
    connections.forEach(ofLoop -> ofLoop.tunnels().closeOver(spread));
  }

  ClusterState cluster() {
    return cluster;
  }

  NodeSessions sessions() {
    return sessions;
  }

  public void started() {
    requests.increment();
  }

  public long requests() {
    return requests.sum();
  }
}
