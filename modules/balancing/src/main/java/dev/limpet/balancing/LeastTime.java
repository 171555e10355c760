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

  private final Candidate[] candidates;

  LeastTime(List<Candidate> candidates) {
    this.candidates = candidates.toArray(Candidate[]::new);
  }

  @Override
  public @Nullable Backend pick(long key, Set<Backend> tried) {
    Candidate known = null;
    Candidate unknown = null;
    double leastKnown = 0;
    double leastUnknown = 0;
    long fastest = Long.MAX_VALUE;
    for (Candidate candidate : candidates) {
      if (!candidate.isEligible(tried)) {
        continue;
      }
      long time = candidate.backend().time();
      double load = load(candidate);
      if (time > 0) {
        fastest = Math.min(fastest, time);
        if (known == null || time * load < leastKnown) {
          known = candidate;
          leastKnown = time * load;
        }
      } else if (unknown == null || load < leastUnknown) {
        unknown = candidate;
        leastUnknown = load;
      }
    }
    Candidate best =
        unknown == null || (known != null && leastKnown < fastest * leastUnknown) ? known : unknown;
    return best == null ? null : best.backend();
  }

  /** With the request that is to be placed, for its weight. */
  static double load(Candidate candidate) {
    return (candidate.backend().load() + 1.0) / candidate.weight();
  }
}
