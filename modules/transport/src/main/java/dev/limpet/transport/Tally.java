package dev.limpet.transport;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** Counts what a flood may bring about, and says when a line of the log is due: once a second. */
final class Tally {

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final LongAdder count = new LongAdder();
  private final AtomicLong told = new AtomicLong();
  private final AtomicLong last = new AtomicLong(System.nanoTime() - SECOND);

  /**
   * Counts one more.
   *
   * @return how many there were since the last line, this one included; 0 if no line is due
   */
  long add() {
    count.increment();
    long now = System.nanoTime();
    long before = last.get();
    if (now - before < SECOND || !last.compareAndSet(before, now)) {
      return 0;
    }
    long all = count.sum();
    return all - told.getAndSet(all);
  }

  /** Since start. */
  long sum() {
    return count.sum();
  }
}
