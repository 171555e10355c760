package dev.limpet.proxy;

import dev.limpet.model.AdminState;
import dev.limpet.model.BackendId;
import dev.limpet.model.ClusterSnapshot;
import dev.limpet.model.ClusterState;
import dev.limpet.model.Health;
import dev.limpet.model.KeyRing;
import dev.limpet.model.Placement;
import dev.limpet.model.Server;
import dev.limpet.model.ServerState;
import dev.limpet.model.SessionKey;
import dev.limpet.model.SessionTable;
import dev.limpet.model.Settings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.LongPredicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** A cluster of one that stands still: servers are up until told otherwise, and moves are remembered. */
final class StandingCluster implements ClusterState, SessionTable {

  private final String upstream;
  private final List<Consumer<ClusterSnapshot>> listeners = new CopyOnWriteArrayList<>();
  private volatile ClusterSnapshot snapshot;
  private final Map<SessionKey, Placement> moved = new ConcurrentHashMap<>();
  private final Set<BackendId> unreachable = ConcurrentHashMap.newKeySet();

  StandingCluster(String upstream, List<Server> servers) {
    this.upstream = upstream;
    this.snapshot =
        snapshot(
            servers.stream().map(s -> new ServerState(s, Health.UP, AdminState.UP)).toList());
  }

  /** From now on the servers on these ports are down, all at once. */
  void down(Integer... ports) {
    Set<Integer> down = Set.of(ports);
    List<ServerState> states =
        Objects.requireNonNull(snapshot.servers().get(upstream)).stream()
            .map(
                s ->
                    down.contains(s.server().address().port())
                        ? new ServerState(s.server(), Health.DOWN, s.adminState())
                        : s)
            .toList();
    snapshot = snapshot(states);
    listeners.forEach(listener -> listener.accept(snapshot));
  }

  Map<SessionKey, Placement> moved() {
    return moved;
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
  public SessionTable sessions() {
    return this;
  }

  @Override
  public void reportUnreachable(BackendId backend) {
    unreachable.add(backend);
  }

  @Override
  public @Nullable Placement lookup(SessionKey key) {
    return moved.get(key);
  }

  @Override
  public CompletionStage<Placement> move(
      SessionKey key,
      Placement current,
      LongPredicate usable,
      ToLongFunction<SessionKey> choose,
      Duration ttl,
      Settings.Replicate replicate) {
    return CompletableFuture.supplyAsync(
        () ->
            moved.computeIfAbsent(
                key, k -> new Placement(choose.applyAsLong(k), current.version() + 1)));
  }

  private ClusterSnapshot snapshot(List<ServerState> states) {
    return new ClusterSnapshot(
        Map.of(upstream, states),
        new KeyRing(List.of(new byte[32])),
        List.of(),
        new ClusterSnapshot.Readiness(true, ""));
  }
}
