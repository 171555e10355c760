package dev.limpet.balancing;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Of two servers at random, by weight, the one that is less loaded for its weight: Mitzenmacher,
 * "The Power of Two Choices in Randomized Load Balancing" (2001). Nodes that know nothing of each
 * other do not all choose the same one.
 *
 * <p>A server is drawn with one look into a table, however many there are: Vose, "A Linear
 * Algorithm for Generating Random Numbers with a Given Distribution" (1991).
 */
final class RandomTwo implements Selector {

  /**
   * How often the second one is drawn again when it is the first one, before its neighbour does.
   */
  private static final int DRAWS = 4;

  private static final double TWO_TO_32 = 0x1p32;

  private final Candidate[] candidates;
  private final boolean byTime;
  private final LongSupplier random;

  /** The share of a server's column that is its own, of 2^32; the rest is its alias's. */
  private final long[] own;

  private final int[] alias;

  /**
   * @param byTime whether their times count where both are known, or else only their requests
   */
  RandomTwo(List<Candidate> candidates, boolean byTime, LongSupplier random) {
    this.candidates = candidates.toArray(Candidate[]::new);
    this.byTime = byTime;
    this.random = random;
    this.own = new long[this.candidates.length];
    this.alias = new int[this.candidates.length];
    fillColumns();
  }

  @Override
  public @Nullable Backend pick(long key, Set<Backend> tried) {
    int count = candidates.length;
    if (count < 2) {
      return count == 1 && candidates[0].isEligible(tried) ? candidates[0].backend() : null;
    }
    long bits = random.getAsLong();
    int first = draw(bits >>> 32);
    int second = draw(bits & 0xffff_ffffL);
    for (int i = 0; second == first && i < DRAWS; i++) {
      second = draw(random.getAsLong() >>> 32);
    }
    if (second == first) {
      second = first + 1 == count ? 0 : first + 1;
    }
    Candidate one = candidates[first];
    Candidate other = candidates[second];
    if (!one.isEligible(tried)) {
      return other.isEligible(tried) ? other.backend() : scan(first, tried);
    }
    return other.isEligible(tried) && isBetter(other, one) ? other.backend() : one.backend();
  }

  /** The best of all: those that were drawn are tried or full. */
  private @Nullable Backend scan(int start, Set<Backend> tried) {
    Candidate best = null;
    for (int i = 0; i < candidates.length; i++) {
      Candidate candidate = candidates[(start + i) % candidates.length];
      if (candidate.isEligible(tried) && (best == null || isBetter(candidate, best))) {
        best = candidate;
      }
    }
    return best == null ? null : best.backend();
  }

  private boolean isBetter(Candidate a, Candidate b) {
    long timeOfA = byTime ? a.backend().time() : 0;
    long timeOfB = byTime ? b.backend().time() : 0;
    if (timeOfA > 0 && timeOfB > 0) {
      return timeOfA * (a.backend().load() + 1.0) * b.weight()
          < timeOfB * (b.backend().load() + 1.0) * a.weight();
    }
    return (long) a.backend().load() * b.weight() < (long) b.backend().load() * a.weight();
  }

  /**
   * @param bits 32 of them
   */
  private int draw(long bits) {
    long scaled = bits * candidates.length;
    int column = (int) (scaled >>> 32);
    return (scaled & 0xffff_ffffL) < own[column] ? column : alias[column];
  }

  private void fillColumns() {
    double sum = 0;
    for (Candidate candidate : candidates) {
      sum += candidate.weight();
    }
    double[] share = new double[candidates.length];
    ArrayDeque<Integer> small = new ArrayDeque<>();
    ArrayDeque<Integer> large = new ArrayDeque<>();
    for (int i = 0; i < share.length; i++) {
      share[i] = candidates[i].weight() * share.length / sum;
      (share[i] < 1 ? small : large).add(i);
    }
    while (!small.isEmpty() && !large.isEmpty()) {
      int less = small.remove();
      int more = large.remove();
      own[less] = (long) (share[less] * TWO_TO_32);
      alias[less] = more;
      share[more] -= 1 - share[less];
      (share[more] < 1 ? small : large).add(more);
    }
    // Only rounding is left of these.
    small.forEach(i -> own[i] = (long) TWO_TO_32);
    large.forEach(i -> own[i] = (long) TWO_TO_32);
  }
}
