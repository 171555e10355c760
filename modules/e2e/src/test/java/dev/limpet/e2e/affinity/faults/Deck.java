package dev.limpet.e2e.affinity.faults;

import dev.limpet.e2e.affinity.site.Fault;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** Faults in an order of chance: each kind comes before any comes again. */
final class Deck {

  private final List<Fault> kinds;
  private final RandomGenerator random;
  private final List<Fault> rest = new ArrayList<>();

  /**
   * @param kinds at least one
   */
  Deck(List<Fault> kinds, RandomGenerator random) {
    this.kinds = kinds;
    this.random = random;
  }

  Fault next() {
    if (rest.isEmpty()) {
      kinds.forEach(kind -> rest.add(random.nextInt(rest.size() + 1), kind));
    }
    return rest.removeFirst();
  }
}
