package dev.limpet.transport;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongConsumer;

/**
 * What clients can bring about at will: all of it is counted, and one line a second tells of it. Thread-safe.
 */
public final class Occurrences {

  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final LongAdder count = new LongAdder();
  private final AtomicLong nextLine = new AtomicLong(System.nanoTime());
  private final AtomicLong told = new AtomicLong();

  /**
   * @param line writes one; gets how many there have been without one
   */
  public void add(LongConsumer line) {
    count.increment();
    long now = System.nanoTime();
    long due = nextLine.get();
    if (now - due >= 0 && nextLine.compareAndSet(due, now + PAUSE_NANOS)) {
      long all = count.sum();
      line.accept(Math.max(0, all - told.getAndSet(all) - 1));
    }
  }

  /** Since the start. */
  public long count() {
    return count.sum();
  }
}
