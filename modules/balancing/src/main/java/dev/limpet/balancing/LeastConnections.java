package dev.limpet.balancing;

import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The server with the fewest active requests for its weight. Servers that are equally loaded take
 * turns by smooth weighted round robin among themselves, as nginx's {@code least_conn} does, so that
 * idle servers share by weight instead of the first one getting everything.
 *
 * <p>It looks at every server, unless one of the next in turn has nothing to do.
 */
final class LeastConnections implements Selector {

  /** For so many turns it is worth while to look for an idle server before all are looked at. */
  private static final int GLANCE = 8;

  /** A server with few of very many turns may not be in the next ones; then the first of the equal is it. */
  private static final int MAX_WALK = 1024;

  private final Backend[] backends;

  /** Of the backends, in their order. */
  private final int[] weights;

  private final boolean limited;
  private final SmoothRoundRobin turns;

  /**
   * @param next counts the turns
   */
  LeastConnections(List<Candidate> candidates, AtomicInteger next) {
    backends = candidates.stream().map(Candidate::backend).toArray(Backend[]::new);
    weights = candidates.stream().mapToInt(Candidate::weight).toArray();
    limited = candidates.stream().anyMatch(c -> c.backend().isLimited());
    turns = new SmoothRoundRobin(candidates, next);
  }

  @Override
  public @Nullable Backend pick(long key, Set<Backend> tried) {
    Backend idle = turns.take(GLANCE, 0, 1, tried);
    return idle == null ? leastOfAll(tried) : idle;
  }

  private @Nullable Backend leastOfAll(Set<Backend> tried) {
    boolean any = !limited && tried.isEmpty();
    int least = -1;
    long leastLoad = Integer.MAX_VALUE;
    long leastWeight = 1;
    boolean tie = false;
    for (int i = 0; i < backends.length; i++) {
      Backend backend = backends[i];
      if (any || Candidate.isEligible(backend, tried)) {
        long load = backend.load();
        // Compares load / weight without a division.
        long order = load * leastWeight - leastLoad * weights[i];
        if (order < 0) {
          least = i;
          leastLoad = load;
          leastWeight = weights[i];
          tie = false;
        } else if (order == 0) {
          tie = true;
        }
      }
    }
    if (least < 0) {
      return null;
    }
    Backend next = tie ? turns.take(MAX_WALK, leastLoad, leastWeight, tried) : null;
    return next == null ? backends[least] : next;
  }
}
