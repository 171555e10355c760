package dev.limpet.balancing;

import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The server with the fewest active requests for its weight. Servers that are equally loaded take
 * turns. Idle ones do so by smooth weighted round robin, as with nginx's {@code least_conn}, so that
 * they share by weight instead of the first one getting everything.
 */
final class LeastConnections implements Selector {

  private final Backend[] backends;

  /** Of the backends, in their order: 1 / weight. */
  private final double[] parts;

  private final boolean limited;
  private final SmoothRoundRobin turns;
  private final AtomicInteger next;

  /**
   * @param next counts the turns
   */
  LeastConnections(List<Candidate> candidates, AtomicInteger next) {
    backends = candidates.stream().map(Candidate::backend).toArray(Backend[]::new);
    parts = candidates.stream().mapToDouble(c -> 1.0 / c.weight()).toArray();
    limited = candidates.stream().anyMatch(c -> c.backend().isLimited());
    turns = new SmoothRoundRobin(candidates, next);
    this.next = next;
  }

  @Override
  public @Nullable Backend pick(long key, Set<Backend> tried) {
    Backend idle = turns.takeIdle(tried);
    return idle == null ? scan(next.getAndIncrement(), tried) : idle;
  }

  /** Looks at every server; among equals the next one from {@code turn} on is the best. */
  private @Nullable Backend scan(int turn, Set<Backend> tried) {
    int first = backends.length == 0 ? 0 : Integer.remainderUnsigned(turn, backends.length);
    int least = leastOf(first, backends.length, -1, tried);
    least = leastOf(0, first, least, tried);
    return least < 0 ? null : backends[least];
  }

  private int leastOf(int from, int to, int before, Set<Backend> tried) {
    boolean any = !limited && tried.isEmpty();
    int least = before;
    double leastLoad = before < 0 ? Double.MAX_VALUE : backends[before].load() * parts[before];
    for (int i = from; i < to; i++) {
      Backend backend = backends[i];
      if (any || Candidate.isEligible(backend, tried)) {
        double load = backend.load() * parts[i];
        if (load < leastLoad) {
          least = i;
          leastLoad = load;
        }
      }
    }
    return least;
  }
}
