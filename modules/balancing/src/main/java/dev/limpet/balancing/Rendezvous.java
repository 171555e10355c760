package dev.limpet.balancing;

import dev.limpet.model.state.SessionKey;
import dev.limpet.model.state.SplitMix64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rendezvous hashing with weights: every node that has the same servers chooses the same one for a
 * key, in whatever order it lists them; a server that goes takes only its own keys with it. Thaler
 * and Ravishankar, "A Name-Based Mapping Scheme for Rendezvous" (1996); the weights are
 * Schindelhauer and Schomaker's logarithmic method, "Weighted Distributed Hash Tables" (2005).
 */
public final class Rendezvous {

  private Rendezvous() {}

  /**
   * @return null where there are no servers
   */
  public static @Nullable Backend choose(SessionKey key, List<Backend> backends) {
    int count = backends.size();
    if (count <= 1) {
      return count == 0 ? null : backends.getFirst();
    }
    Backend best = backends.getFirst();
    double bestScore = score(key, best);
    for (int i = 1; i < count; i++) {
      Backend backend = backends.get(i);
      double score = score(key, backend);
      if (score > bestScore
          || (score == bestScore && Long.compareUnsigned(backend.hash(), best.hash()) > 0)) {
        best = backend;
        bestScore = score;
      }
    }
    return best;
  }

  private static double score(SessionKey key, Backend backend) {
    return score(key, backend.hash(), backend.server().weight());
  }

  /** The highest of several wins; a weight of 0 never does against others. */
  static double score(SessionKey key, long candidate, int weight) {
    long hash =
        SplitMix64.mix(
            SplitMix64.mix(SplitMix64.mix(candidate + SplitMix64.GOLDEN_GAMMA) ^ key.high())
                ^ key.low());
    // Uniform in (0, 1). 52 bits and a half are exact in a double, so neither end is reached.
    double uniform = ((hash >>> 12) + 0.5) * 0x1p-52;
    // StrictMath: Math.log may differ in its last bit from one JVM to the next.
    return -weight / StrictMath.log(uniform);
  }
}
