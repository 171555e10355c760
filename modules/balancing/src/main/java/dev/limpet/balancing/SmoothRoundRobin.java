package dev.limpet.balancing;

import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Weighted round robin that spreads a heavy server's turns evenly, with nginx's sequence: weights
 * 5, 1, 1 give a a b a c a a. The sequence repeats after as many picks as the weights sum up to
 * once their common divisor is taken out, so it is worked out once and then walked by a counter
 * that all threads share.
 *
 * <p>Weights that sum up to more than {@link #MAX_TURNS} are scaled down to it. Each then keeps its
 * share to within one turn, except that a server whose share is below one turn still gets one.
 */
final class SmoothRoundRobin implements Selector {

  static final int MAX_TURNS = 65_536;

  private final Candidate[] candidates;
  private final Candidate[] turns;
  private final AtomicInteger next;

  /**
   * @param next counts the turns
   */
  SmoothRoundRobin(List<Candidate> candidates, AtomicInteger next) {
    this.candidates = candidates.toArray(Candidate[]::new);
    this.turns = sequence(this.candidates);
    this.next = next;
  }

  @Override
  public @Nullable Backend pick(long key, Set<Backend> tried) {
    if (turns.length == 0) {
      return null;
    }
    if (tried.isEmpty()) {
      Backend next = turns[turns.length == 1 ? 0 : nextTurn()].backend();
      if (next.hasRoom()) {
        return next;
      }
    }
    return hasEligible(tried) ? walk(tried) : null;
  }

  /**
   * The first one in turn that has no request under way, and the turns up to its own with it.
   *
   * @param most of how many turns
   * @return null if none of these turns is such a server's; then all remain
   */
  @Nullable Backend takeIdle(int most, Set<Backend> tried) {
    int look = Math.min(most, turns.length);
    int now = next.get();
    int turn = look == 0 ? 0 : Integer.remainderUnsigned(now, turns.length);
    for (int ahead = 0; ahead < look; ahead++) {
      Candidate candidate = turns[turn];
      if (candidate.backend().load() == 0 && candidate.isEligible(tried)) {
        // Where another thread was quicker, two of its turns may fall on one server.
        next.compareAndSet(now, now + ahead + 1);
        return candidate.backend();
      }
      turn = turn + 1 == turns.length ? 0 : turn + 1;
    }
    return null;
  }

  /** Walks once round at most: servers may fill up meanwhile. */
  private @Nullable Backend walk(Set<Backend> tried) {
    int turn = nextTurn();
    for (int walked = 0; walked < turns.length; walked++) {
      if (turns[turn].isEligible(tried)) {
        return turns[turn].backend();
      }
      turn = turn + 1 == turns.length ? 0 : turn + 1;
    }
    return null;
  }

  private int nextTurn() {
    return Integer.remainderUnsigned(next.getAndIncrement(), turns.length);
  }

  /** Spares the walk through a long sequence that holds no answer. */
  private boolean hasEligible(Set<Backend> tried) {
    for (Candidate candidate : candidates) {
      if (candidate.isEligible(tried)) {
        return true;
      }
    }
    return false;
  }

  private static Candidate[] sequence(Candidate[] candidates) {
    int[] weights = reduced(candidates);
    int total = 0;
    for (int weight : weights) {
      total += weight;
    }
    Candidate[] turns = new Candidate[total];
    int[] current = new int[weights.length];
    for (int turn = 0; turn < total; turn++) {
      int best = 0;
      for (int i = 0; i < weights.length; i++) {
        current[i] += weights[i];
        if (current[i] > current[best]) {
          best = i;
        }
      }
      current[best] -= total;
      turns[turn] = candidates[best];
    }
    return turns;
  }

  private static int[] reduced(Candidate[] candidates) {
    int divisor = 0;
    long sum = 0;
    for (Candidate candidate : candidates) {
      divisor = gcd(candidate.weight(), divisor);
      sum += candidate.weight();
    }
    int[] weights = new int[candidates.length];
    for (int i = 0; i < weights.length; i++) {
      int weight = candidates[i].weight();
      // Leaving one turn a server free keeps the total in bounds when small weights round up to 1.
      weights[i] =
          sum / divisor <= MAX_TURNS
              ? weight / divisor
              : (int) Math.max(1, weight * (long) Math.max(1, MAX_TURNS - weights.length) / sum);
    }
    return weights;
  }

  private static int gcd(int a, int b) {
    return b == 0 ? a : gcd(b, a % b);
  }
}
