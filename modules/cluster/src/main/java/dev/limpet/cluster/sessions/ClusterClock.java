package dev.limpet.cluster.sessions;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * The time that sessions are measured by, the same at all nodes to within milliseconds, whatever
 * their wall clocks say: the wall clock is read at start, and then a clock that never jumps counts
 * on; a node that joins takes over the others' time.
 *
 * <p>Versions are a hybrid logical clock on top: 48 bits of that time in milliseconds and 16 bits
 * that count within one. A version is never behind one that this node has seen, so what happens
 * later at any node that knows of an event has a higher version than the event. Kulkarni et al.,
 * "Logical Physical Clocks" (2014).
 *
 * <p>Safe for threads.
 */
public final class ClusterClock {

  private static final int COUNTER_BITS = 16;
  private static final long NANOS_PER_MILLI = 1_000_000;

  private static final long DAY_MILLIS = 86_400_000;

  private final LongSupplier wallClock;
  private final LongSupplier nanoTime;
  private final AtomicLong last = new AtomicLong();
  private volatile long offset;
  private volatile boolean agreed;

  /** Whether this is the time of an earlier life, counted on. */
  private boolean resumed;

  /**
   * @param wallClockMillis read at start, and for what is kept over a stop
   * @param nanoTime as {@link System#nanoTime}
   */
  public ClusterClock(LongSupplier wallClockMillis, LongSupplier nanoTime) {
    this.wallClock = wallClockMillis;
    this.nanoTime = nanoTime;
    this.offset = wallClockMillis.getAsLong() - nanoTime.getAsLong() / NANOS_PER_MILLI;
  }

  /** As {@link System#nanoTime}: only differences mean something. */
  long nanos() {
    return nanoTime.getAsLong();
  }

  /** The cluster's time in milliseconds. */
  public long millis() {
    return nanoTime.getAsLong() / NANOS_PER_MILLI + offset;
  }

  /** What the wall clock says; for nothing but {@link #resume}. */
  public long wallMillis() {
    return wallClock.getAsLong();
  }

  /**
   * Goes on from the cluster's time in an earlier life of this node: what was to end in an hour
   * then ends an hour later, the time between the lives included. Of several times the latest
   * counts.
   *
   * @param millis the cluster's time
   * @param wallMillis what the wall clock said at that moment
   */
  public synchronized void resume(long millis, long wallMillis) {
    long away = wallMillis() - wallMillis;
    // A wall clock that was wrong by so much, as one without a battery is, does not tell how long.
    boolean tells = away > 0 && Math.abs(millis - wallMillis) < DAY_MILLIS;
    long now = millis + (tells ? away : 0);
    if (!agreed && (!resumed || now > millis())) {
      offset += now - millis();
      resumed = true;
    }
  }

  /** A version above every one given or seen before. */
  public long next() {
    long physical = millis() << COUNTER_BITS;
    return last.updateAndGet(before -> Math.max(before + 1, physical));
  }

  /** The time of which a version is. */
  public static long millisOf(long version) {
    return version >>> COUNTER_BITS;
  }

  /** Takes notice of a version from another node. */
  public void observe(long version) {
    last.accumulateAndGet(version, Math::max);
  }

  /** Whether this is the cluster's time and no longer only this node's. */
  boolean isAgreed() {
    return agreed;
  }

  /** From now on this node's time is not given up for that of a node that comes later. */
  void agree() {
    agreed = true;
  }

  /**
   * The time of another node that is not agreed either: where all start at once, the fastest
   * clock's becomes the cluster's.
   */
  synchronized void meet(long millis) {
    if (!agreed) {
      offset += Math.max(0, millis - millis());
    }
  }

  /**
   * Another node's time that is agreed: of clocks that count at different speeds, the fastest
   * counts.
   */
  synchronized void adopt(long millis) {
    long ahead = millis - millis();
    if (!agreed || ahead > 0) {
      offset += ahead;
      agreed = true;
    }
  }
}
