package dev.limpet.transport.meter;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.BiConsumer;

/**
 * A row of counts that one thread writes and any thread may read. Memory is taken for those parts
 * of it that are used.
 */
public final class Counters {

  private static final int PART_BITS = 5;
  private static final int PART = 1 << PART_BITS;

  private final AtomicReferenceArray<AtomicLongArray> parts;

  /**
   * @param length how many counts there are
   */
  public Counters(int length) {
    this.parts = new AtomicReferenceArray<>((length + PART - 1) >>> PART_BITS);
  }

  /** For the thread whose counters they are. */
  public void increment(int index) {
    int part = index >>> PART_BITS;
    AtomicLongArray counts = parts.getPlain(part);
    if (counts == null) {
      counts = new AtomicLongArray(PART);
      parts.setRelease(part, counts);
    }
    int at = index & (PART - 1);
    counts.setOpaque(at, counts.getPlain(at) + 1);
  }

  /** Hands over each count that is not 0, in order, with its index. */
  public void forEach(BiConsumer<Integer, Long> taker) {
    for (int part = 0; part < parts.length(); part++) {
      AtomicLongArray counts = parts.getAcquire(part);
      for (int at = 0; counts != null && at < PART; at++) {
        long count = counts.getOpaque(at);
        if (count != 0) {
          taker.accept((part << PART_BITS) + at, count);
        }
      }
    }
  }
}
