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

  private final Candidate[] candidates;

  /** The round robin's state, in the order of the servers; guarded by this. */
  private final long[] current;

  LeastConnections(List<Candidate> candidates) {
    this.candidates = candidates.toArray(Candidate[]::new);
    this.current = new long[this.candidates.length];
  }

  @Override
  public @Nullable Backend pick(long key, Set<Backend> tried) {
    Candidate least = null;
    long leastActive = 0;
    boolean tie = false;
    for (Candidate candidate : candidates) {
      if (!candidate.isEligible(tried)) {
        continue;
      }
      int active = candidate.backend().load();
      int order = least == null ? -1 : compareLoad(candidate, active, least, leastActive);
      if (order < 0) {
        least = candidate;
        leastActive = active;
        tie = false;
      } else if (order == 0) {
        tie = true;
      }
    }
    if (least == null) {
      return null;
    }
    return tie ? nextOfEqual(least, leastActive, tried) : least.backend();
  }

  /** One turn of the round robin among the servers whose load is at most that of {@code least}. */
  private synchronized Backend nextOfEqual(
      Candidate least, long leastActive, Set<Backend> tried) {
    int best = -1;
    long total = 0;
    for (int i = 0; i < candidates.length; i++) {
      Candidate candidate = candidates[i];
      if (!candidate.isEligible(tried)
          || compareLoad(candidate, candidate.backend().load(), least, leastActive) > 0) {
        continue;
      }
      int weight = candidate.weight();
      total += weight;
      current[i] += weight;
      if (best < 0 || current[i] > current[best]) {
        best = i;
      }
    }
    if (best < 0) {
      // Other threads gave all of them work since they were compared.
      return least.backend();
    }
    current[best] -= total;
    return candidates[best].backend();
  }

  /** Compares active / weight without a division. */
  private static int compareLoad(Candidate a, long activeOfA, Candidate b, long activeOfB) {
    return Long.compare(activeOfA * b.weight(), activeOfB * a.weight());
  }
}
