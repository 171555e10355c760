package dev.limpet.proxy;

import dev.limpet.model.AdminState;
import dev.limpet.model.BackendId;
import dev.limpet.model.ClusterSnapshot;
import dev.limpet.model.ClusterState;
import dev.limpet.model.Health;
import dev.limpet.model.KeyRing;
import dev.limpet.model.ServerState;
import dev.limpet.model.Settings;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** A cluster that stands still: servers are up until told otherwise. */
final class StandingCluster implements ClusterState {

  private final List<Consumer<ClusterSnapshot>> listeners = new CopyOnWriteArrayList<>();
  private volatile ClusterSnapshot snapshot;
  private final TestSessions sessions = new TestSessions();
  private final Set<BackendId> unreachable = ConcurrentHashMap.newKeySet();

  StandingCluster(Map<String, Settings.Upstream> upstreams) {
    Map<String, List<ServerState>> states = new HashMap<>();
    upstreams.forEach(
        (name, upstream) ->
            states.put(
                name,
                upstream.servers().stream()
                    .map(s -> new ServerState(s, Health.UP, AdminState.UP))
                    .toList()));
    this.snapshot = snapshot(states);
  }

  /** From now on the servers on these ports are down, all at once. */
  void down(Integer... ports) {
    change(Health.DOWN, AdminState.UP, ports);
  }

  /** They are up again, all at once. */
  void up(Integer... ports) {
    change(Health.UP, AdminState.UP, ports);
  }

  /** They take no new clients. */
  void drain(Integer... ports) {
    change(Health.UP, AdminState.DRAIN, ports);
  }

  private void change(Health health, AdminState adminState, Integer... ports) {
    Set<Integer> changed = Set.of(ports);
    Map<String, List<ServerState>> states = new HashMap<>(snapshot.servers());
    states.replaceAll(
        (upstream, before) ->
            before.stream()
                .map(
                    s ->
                        changed.contains(s.server().address().port())
                            ? new ServerState(s.server(), health, adminState)
                            : s)
                .toList());
    snapshot = snapshot(states);
    listeners.forEach(listener -> listener.accept(snapshot));
  }

  Set<BackendId> unreachable() {
    return unreachable;
  }

  @Override
  public ClusterSnapshot snapshot() {
    return snapshot;
  }

  @Override
  public void subscribe(Consumer<ClusterSnapshot> listener) {
    listeners.add(listener);
    listener.accept(snapshot);
  }

  @Override
  public long millis() {
    return System.currentTimeMillis();
  }

  @Override
  public TestSessions sessions() {
    return sessions;
  }

  @Override
  public void reportUnreachable(BackendId backend) {
    unreachable.add(backend);
  }

  private static ClusterSnapshot snapshot(Map<String, List<ServerState>> states) {
    return new ClusterSnapshot(
        Map.copyOf(states),
        new KeyRing(List.of(new byte[32])),
        List.of(),
        new ClusterSnapshot.Readiness(true, ""));
  }
}
