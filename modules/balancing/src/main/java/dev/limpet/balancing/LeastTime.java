package dev.limpet.balancing;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The server with the least time for its weight: how long its requests take ({@link Backend#time}),
 * times those under way together with the one to come, as nginx Plus's {@code least_time}. A server
 * that no time is known of counts as the fastest of the others.
 */
final class LeastTime implements Selector {

  private final Backend[] backends;

  /** Of the backends, in their order: 1 / weight. */
  private final double[] parts;

  private final boolean limited;

  LeastTime(List<Candidate> candidates) {
    backends = candidates.stream().map(Candidate::backend).toArray(Backend[]::new);
    parts = candidates.stream().mapToDouble(c -> 1.0 / c.weight()).toArray();
    limited = candidates.stream().anyMatch(c -> c.backend().isLimited());
  }

  @Override
  public @Nullable Backend pick(long key, Set<Backend> tried) {
    boolean any = !limited && tried.isEmpty();
    Backend known = null;
    Backend unknown = null;
    double leastKnown = Double.MAX_VALUE;
    double leastUnknown = Double.MAX_VALUE;
    long fastest = Long.MAX_VALUE;
    for (int i = 0; i < backends.length; i++) {
      Backend backend = backends[i];
      if (any || Candidate.isEligible(backend, tried)) {
        long time = backend.time();
        // With the request that is to come.
        double load = (backend.load() + 1.0) * parts[i];
        if (time > 0) {
          fastest = Math.min(fastest, time);
          if (time * load < leastKnown) {
            known = backend;
            leastKnown = time * load;
          }
        } else if (load < leastUnknown) {
          unknown = backend;
          leastUnknown = load;
        }
      }
    }
    return unknown == null || (known != null && leastKnown < fastest * leastUnknown)
        ? known
        : unknown;
  }
}
