package dev.limpet.balancing;

import dev.limpet.model.state.SplitMix64;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Consistent hashing by a look-up table: every node that has the same servers picks the same one
 * for a key, in whatever order it lists them, and a server that comes or goes moves little more
 * than its own share of the keys. Eisenbud et al., "Maglev: A Fast and Reliable Software Network
 * Load Balancer" (NSDI 2016), section 3.4; weights as in Envoy: in each round a server takes slots
 * in proportion.
 *
 * <p>A key whose server is tried or full goes on to another slot, the same for all requests of the
 * key. Requests without a key take turns.
 */
final class Maglev implements Selector {

  /** A prime. At least 65 slots for each of a thousand servers: shares are off by less than 2%. */
  static final int SLOTS = 65_537;

  /** After so many slots a key takes turns with those that have none; nginx's number. */
  private static final int MAX_HOPS = 20;

  private static final int FREE = -1;

  private final Candidate[] candidates;
  private final int[] table;
  private final Selector unkeyed;

  Maglev(List<Candidate> candidates, Selector unkeyed) {
    this.candidates = candidates.toArray(Candidate[]::new);
    // The order decides who takes a slot first.
    Arrays.sort(this.candidates, Comparator.comparing(candidate -> candidate.backend().id()));
    this.table = table(this.candidates);
    this.unkeyed = unkeyed;
  }

  @Override
  public @Nullable Backend pick(long key, Set<Backend> tried) {
    if (key != HashKey.NONE && table.length > 0) {
      long hash = key;
      for (int hops = 0; hops < MAX_HOPS; hops++) {
        Candidate candidate = candidates[table[(int) Long.remainderUnsigned(hash, SLOTS)]];
        if (candidate.isEligible(tried)) {
          return candidate.backend();
        }
        hash = SplitMix64.mix(hash + SplitMix64.GOLDEN_GAMMA);
      }
    }
    return unkeyed.pick(key, tried);
  }

  private static int[] table(Candidate[] candidates) {
    int count = candidates.length;
    if (count == 0) {
      return new int[0];
    }
    int[] next = new int[count];
    int[] skip = new int[count];
    int heaviest = 0;
    for (int i = 0; i < count; i++) {
      long hash = candidates[i].backend().hash();
      next[i] = (int) Long.remainderUnsigned(SplitMix64.mix(hash), SLOTS);
      skip[i] = 1 + (int) Long.remainderUnsigned(SplitMix64.mix(~hash), SLOTS - 1);
      heaviest = Math.max(heaviest, candidates[i].weight());
    }
    int[] table = new int[SLOTS];
    Arrays.fill(table, FREE);
    int[] taken = new int[count];
    int filled = 0;
    for (long round = 1; filled < SLOTS; round++) {
      for (int i = 0; i < count && filled < SLOTS; i++) {
        if ((long) taken[i] * heaviest >= round * candidates[i].weight()) {
          continue;
        }
        while (table[next[i]] != FREE) {
          next[i] = (next[i] + skip[i]) % SLOTS;
        }
        table[next[i]] = i;
        taken[i]++;
        filled++;
      }
    }
    return table;
  }
}
