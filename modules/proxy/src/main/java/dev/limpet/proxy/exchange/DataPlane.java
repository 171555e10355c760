package dev.limpet.proxy.exchange;

import dev.limpet.model.settings.ServerId;
import dev.limpet.model.state.ClusterState;
import dev.limpet.proxy.affinity.NodeSessions;
import dev.limpet.proxy.message.Via;
import dev.limpet.proxy.recording.Recorder;
import dev.limpet.proxy.upstream.LoopConnections;
import dev.limpet.transport.loop.Loop;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The state that all exchanges of a node share: the routing plan, connections and meters. */
public final class DataPlane {

  private final ClusterState cluster;
  private final List<LoopConnections> connections;
  private final Recorder recorder;
  private final Via via = new Via();
  private final NodeSessions sessions;
  private volatile RoutingPlan plan = RoutingPlan.EMPTY;

  /** The ticking loop's. */
  private boolean loadReported;

  public DataPlane(ClusterState cluster, List<Loop> loops, Recorder recorder) {
    this.cluster = cluster;
    this.sessions = new NodeSessions(cluster);
    connections = loops.stream().map(LoopConnections::new).toList();
    this.recorder = recorder;
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

  Recorder recorder() {
    return recorder;
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
}
