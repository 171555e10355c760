package dev.limpet.balancing;

import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The server with the fewest active requests for its weight. Servers that are equally loaded share
 * by weight, instead of the first one getting everything: idle ones by smooth weighted round robin,
 * in the order of nginx's {@code least_conn}; others by start-time fair queueing (Goyal, Vin,
 * Cheng, 1996), for which one look at each server will do.
 *
 * <p>No look at all is needed where one of the next in turn has nothing to do.
 */
final class LeastConnections implements Selector {

  /** For so many turns it is worth while to look for an idle server before all are looked at. */
  private static final int GLANCE = 8;

  private final Backend[] backends;

  /** Of the backends, in their order. */
  private final int[] weights;

  private final boolean limited;
  private final SmoothRoundRobin turns;

  /**
   * When it is each server's turn among equals. Threads that write at once lose a turn, no more.
   */
  private final double[] due;

  /** The time of {@link #due}: that of the last turn. */
  private double now;

  /**
   * @param next counts the turns
   */
  LeastConnections(List<Candidate> candidates, AtomicInteger next) {
    backends = candidates.stream().map(Candidate::backend).toArray(Backend[]::new);
    weights = candidates.stream().mapToInt(Candidate::weight).toArray();
    limited = candidates.stream().anyMatch(c -> c.backend().isLimited());
    turns = new SmoothRoundRobin(candidates, next);
    due = new double[backends.length];
  }

  @Override
  public @Nullable Backend pick(long key, Set<Backend> tried) {
    Backend idle = turns.takeIdle(GLANCE, tried);
    return idle == null ? leastOfAll(tried) : idle;
  }

  private @Nullable Backend leastOfAll(Set<Backend> tried) {
    boolean any = !limited && tried.isEmpty();
    int least = -1;
    long leastLoad = Integer.MAX_VALUE;
    long leastWeight = 1;
    for (int i = 0; i < backends.length; i++) {
      Backend backend = backends[i];
      if (any || Candidate.isEligible(backend, tried)) {
        long load = backend.load();
        // Compares load / weight without a division.
        long order = load * leastWeight - leastLoad * weights[i];
        if (order < 0 || (order == 0 && due[i] < due[least])) {
          least = i;
          leastLoad = load;
          leastWeight = weights[i];
        }
      }
    }
    if (least < 0) {
      return null;
    }
    // Who had no turn for long has no claim to those that went by.
    now = Math.max(now, due[least]);
    due[least] = now + 1.0 / weights[least];
    return backends[least];
  }
}
