package dev.limpet.kubernetes;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** Pauses that grow from failure to failure. Random, so that nodes do not come back all at once. */
final class Backoff {

  private final Duration first;
  private final Duration longest;
  private final RandomGenerator random;
  private Duration next;

  Backoff(Duration first, Duration longest, RandomGenerator random) {
    this.first = first;
    this.longest = longest;
    this.random = random;
    this.next = first;
  }

  /** Between half of what is due and all of it; twice as much is due the next time. */
  Duration next() {
    Duration due = next;
    Duration twice = due.multipliedBy(2);
    next = twice.compareTo(longest) < 0 ? twice : longest;
    return due.dividedBy(2).plusNanos(random.nextLong(due.toNanos() / 2 + 1));
  }

  void reset() {
    next = first;
  }
}
