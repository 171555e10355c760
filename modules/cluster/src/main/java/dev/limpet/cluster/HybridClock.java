package dev.limpet.cluster;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * A hybrid logical clock: 48 bits of wall-clock milliseconds and 16 bits that count within one. It
 * never goes back and is never behind a time it has seen, so what happens later at any node that
 * knows of an event has a higher time than the event, whatever the wall clocks say. Kulkarni et al.,
 * "Logical Physical Clocks" (2014). Safe for threads.
 */
final class HybridClock {

  private static final int COUNTER_BITS = 16;

  private final LongSupplier wallClockMillis;
  private final AtomicLong last = new AtomicLong();

  HybridClock(LongSupplier wallClockMillis) {
    this.wallClockMillis = wallClockMillis;
  }

  /** A time above every one given or seen before. */
  long next() {
    long physical = wallClockMillis.getAsLong() << COUNTER_BITS;
    return last.updateAndGet(before -> Math.max(before + 1, physical));
  }

  /** Takes notice of a time from another node. */
  void observe(long time) {
    last.accumulateAndGet(time, Math::max);
  }
}
