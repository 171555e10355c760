package dev.limpet.admin.live;

import dev.limpet.model.settings.AdminState;
import dev.limpet.model.settings.Server;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.state.ClusterSnapshot;
import dev.limpet.model.state.Health;
import dev.limpet.model.state.ServerState;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Remembers since when servers have been as they are, as far as this node has seen. Safe for
 * threads.
 */
final class ServerTimes implements Consumer<ClusterSnapshot> {

  /**
   * @param since milliseconds
   * @param startsSince when it came up again; null where it was up when it was first heard of
   */
  private record Seen(
      Health health, AdminState state, boolean ejected, long since, @Nullable Long startsSince) {

    boolean isAs(ServerState now) {
      return health == now.health()
          && state == now.adminState()
          && ejected == now.ejection().isPresent();
    }
  }

  private final LongSupplier millis;
  private final Map<ServerId, Seen> seen = new HashMap<>();

  /**
   * @param millis the cluster's time
   */
  ServerTimes(LongSupplier millis) {
    this.millis = millis;
  }

  @Override
  public synchronized void accept(ClusterSnapshot snapshot) {
    Set<ServerId> there = new HashSet<>();
    long now = millis.getAsLong();
    for (List<ServerState> states : snapshot.servers().values()) {
      for (ServerState state : states) {
        there.add(state.server().id());
        see(state, now);
      }
    }
    seen.keySet().retainAll(there);
  }

  private void see(ServerState state, long now) {
    ServerId id = state.server().id();
    Seen before = seen.get(id);
    if (before != null && before.isAs(state)) {
      return;
    }
    @Nullable Long startsSince = null;
    if (before != null && runs(state.health(), state.adminState())) {
      startsSince = runs(before.health, before.state) ? before.startsSince : (Long) now;
    }
    seen.put(
        id,
        new Seen(
            state.health(), state.adminState(), state.ejection().isPresent(), now, startsSince));
  }

  private static boolean runs(Health health, AdminState state) {
    return health == Health.UP && state != AdminState.DOWN;
  }

  /** Since when a server has been as it is; 0 where it is not known. */
  synchronized long since(ServerId id) {
    Seen now = seen.get(id);
    return now == null ? 0 : now.since;
  }

  /** The share of its weight that a server gets; null when it is not starting. */
  synchronized @Nullable Double slowStart(Server server) {
    Seen now = seen.get(server.id());
    long length = server.options().slowStart().toMillis();
    if (now == null || now.startsSince == null || length == 0) {
      return null;
    }
    double share = (double) (millis.getAsLong() - now.startsSince) / length;
    return share >= 1 ? null : (Double) Math.max(0, share);
  }
}
