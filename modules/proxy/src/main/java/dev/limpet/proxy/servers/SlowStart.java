package dev.limpet.proxy.servers;

import dev.limpet.model.settings.AdminState;
import dev.limpet.model.settings.Server;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.state.Health;
import dev.limpet.model.state.ServerState;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The servers that have come up again and start slowly. One that is up when it is first heard of
 * does not: it may have been so for long.
 */
final class SlowStart {

  /** The weight grows in so many steps. */
  private static final int STEPS = 50;

  private static final long MIN_STEP_NANOS = 100_000_000;

  private final Set<ServerId> down = new HashSet<>();

  /** In nanoseconds of a clock without an origin. */
  private final Map<Server, Long> upSince = new HashMap<>();

  void update(List<ServerState> servers, long nanos) {
    for (ServerState state : servers) {
      Server server = state.server();
      if (state.health() != Health.UP || state.adminState() == AdminState.DOWN) {
        down.add(server.id());
        upSince.remove(server);
      } else if (down.remove(server.id()) && !server.options().slowStart().isZero()) {
        upSince.put(server, nanos);
      }
    }
    Set<Server> known = servers.stream().map(ServerState::server).collect(Collectors.toSet());
    upSince.keySet().retainAll(known);
    down.retainAll(known.stream().map(Server::id).collect(Collectors.toSet()));
  }

  /** The part of its weight that the server has at this time, from 0 to 1. */
  double warmth(Server server, long nanos) {
    Long since = upSince.get(server);
    if (since == null) {
      return 1;
    }
    double warmth = (double) (nanos - since) / server.options().slowStart().toNanos();
    if (warmth >= 1) {
      upSince.remove(server);
    }
    return Math.min(1, warmth);
  }

  /** In how many nanoseconds a weight is to grow again; empty when all servers are warm. */
  Optional<Long> nextStep() {
    return upSince.keySet().stream()
        .map(server -> server.options().slowStart().toNanos() / STEPS)
        .min(Long::compare)
        .map(step -> Math.max(MIN_STEP_NANOS, step));
  }
}
