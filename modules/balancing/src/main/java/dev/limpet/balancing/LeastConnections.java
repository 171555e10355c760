package dev.limpet.balancing;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The server with the fewest active requests for its weight. Servers that are equally loaded take
 * turns by smooth weighted round robin among themselves, as nginx's {@code least_conn} does, so that
 * idle servers share by weight instead of the first one getting everything.
 *
 * <p>Only such a tie takes a lock, for as long as it takes to add up one weight a server.
 */
final class LeastConnections implements Selector {

  private final Backend[] backends;

  /** The round robin's state, in the order of the servers; guarded by this. */
  private final long[] current;

  LeastConnections(List<Backend> backends) {
    this.backends = backends.toArray(Backend[]::new);
    this.current = new long[this.backends.length];
  }

  @Override
  public @Nullable Backend pick(Set<Backend> tried) {
    Backend least = null;
    long leastActive = 0;
    boolean tie = false;
    for (Backend candidate : backends) {
      if (!candidate.hasRoom() || (!tried.isEmpty() && tried.contains(candidate))) {
        continue;
      }
      int active = candidate.active();
      int order = least == null ? -1 : compareLoad(candidate, active, least, leastActive);
      if (order < 0) {
        least = candidate;
        leastActive = active;
        tie = false;
      } else if (order == 0) {
        tie = true;
      }
    }
    return least == null || !tie ? least : nextOfEqual(least, leastActive, tried);
  }

  /** One turn of the round robin among the servers whose load is at most that of {@code least}. */
  private synchronized Backend nextOfEqual(Backend least, long leastActive, Set<Backend> tried) {
    int best = -1;
    long total = 0;
    for (int i = 0; i < backends.length; i++) {
      Backend candidate = backends[i];
      if (!candidate.hasRoom()
          || tried.contains(candidate)
          || compareLoad(candidate, candidate.active(), least, leastActive) > 0) {
        continue;
      }
      int weight = candidate.server().weight();
      total += weight;
      current[i] += weight;
      if (best < 0 || current[i] > current[best]) {
        best = i;
      }
    }
    if (best < 0) {
      // Other threads gave all of them work since they were compared.
      return least;
    }
    current[best] -= total;
    return backends[best];
  }

  /** Compares active / weight without a division. */
  private static int compareLoad(Backend a, long activeOfA, Backend b, long activeOfB) {
    return Long.compare(activeOfA * b.server().weight(), activeOfB * a.server().weight());
  }
}
