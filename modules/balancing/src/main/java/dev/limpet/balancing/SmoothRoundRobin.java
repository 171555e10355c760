package dev.limpet.balancing;

import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Weighted round robin that spreads a heavy server's turns evenly, with nginx's sequence: weights
 * 5, 1, 1 give a a b a c a a. The sequence repeats after as many picks as the weights sum up to once
 * their common divisor is taken out, so it is worked out once and then walked by a counter that all
 * threads share.
 *
 * <p>Weights that sum up to more than {@link #MAX_TURNS} are scaled down to it. Each then keeps its
 * share to within one turn, except that a server whose share is below one turn still gets one.
 */
final class SmoothRoundRobin implements Selector {

  static final int MAX_TURNS = 65_536;

  private final Backend[] backends;
  private final Backend[] turns;
  private final AtomicInteger next = new AtomicInteger();

  SmoothRoundRobin(List<Backend> backends) {
    this.backends = backends.toArray(Backend[]::new);
    this.turns = sequence(this.backends);
  }

  @Override
  public @Nullable Backend pick(Set<Backend> tried) {
    if (tried.isEmpty()) {
      Backend next =
          switch (turns.length) {
            case 0 -> null;
            case 1 -> turns[0];
            default -> turns[nextTurn()];
          };
      if (next == null || next.hasRoom()) {
        return next;
      }
    }
    return hasEligible(tried) ? walk(tried) : null;
  }

  /** Walks once round at most: servers may fill up meanwhile. */
  private @Nullable Backend walk(Set<Backend> tried) {
    int turn = nextTurn();
    for (int walked = 0; walked < turns.length; walked++) {
      if (isEligible(turns[turn], tried)) {
        return turns[turn];
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
    for (Backend backend : backends) {
      if (isEligible(backend, tried)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isEligible(Backend backend, Set<Backend> tried) {
    return backend.hasRoom() && !tried.contains(backend);
  }

  private static Backend[] sequence(Backend[] backends) {
    int[] weights = reduced(backends);
    int total = 0;
    for (int weight : weights) {
      total += weight;
    }
    Backend[] turns = new Backend[total];
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
      turns[turn] = backends[best];
    }
    return turns;
  }

  private static int[] reduced(Backend[] backends) {
    int divisor = 0;
    long sum = 0;
    for (Backend backend : backends) {
      divisor = gcd(backend.server().weight(), divisor);
      sum += backend.server().weight();
    }
    int[] weights = new int[backends.length];
    for (int i = 0; i < weights.length; i++) {
      int weight = backends[i].server().weight();
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
