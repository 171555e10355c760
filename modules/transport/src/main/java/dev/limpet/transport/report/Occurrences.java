package dev.limpet.transport.report;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongConsumer;

/**
 * One thing that clients can bring about at will: all of it is counted, for metrics, and one line a
 * second at most tells of it, the first at once. For what comes in many kinds there is {@link
 * FailureLog}, for what is thrown {@link Faults}. Thread-safe.
 */
public final class Occurrences {

  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final LongAdder count = new LongAdder();
  private final AtomicLong nextLine = new AtomicLong(System.nanoTime());
  private final AtomicLong told = new AtomicLong();

  /**
   * @param line writes one, if it is time for it; gets how many there have been since the last,
   *     this one included
   */
  public void add(LongConsumer line) {
    count.increment();
    long now = System.nanoTime();
    long due = nextLine.get();
    if (now - due >= 0 && nextLine.compareAndSet(due, now + PAUSE_NANOS)) {
      long all = count.sum();
      line.accept(all - told.getAndSet(all));
    }
  }

  /** The end of a line that is about one of so many. */
  public static String andOthers(long times) {
    return times > 1 ? "; and " + (times - 1) + " others since the last such line" : "";
  }

  /** Since the start. */
  public long count() {
    return count.sum();
  }
}
