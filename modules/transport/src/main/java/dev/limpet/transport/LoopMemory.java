package dev.limpet.transport;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * The bytes that are held for the connections of one loop. Only the loop changes it, through a
 * {@link Charge} for each that holds some.
 */
public final class LoopMemory {

  private final MemoryBudget budget;
  private final long step;
  private long held;
  private volatile long told;

  /** What has stopped reading, and goes on by this. */
  private List<Runnable> stopped = new ArrayList<>();

  LoopMemory(MemoryBudget budget, long step) {
    this.budget = budget;
    this.step = step;
  }

  /** For something that holds bytes, nothing as yet. */
  public Charge charge() {
    return new Charge(this::add);
  }

  /** Bytes. */
  long held() {
    return held;
  }

  public MemoryBudget budget() {
    return budget;
  }

  /**
   * @param more runs, once, when there is room to read again
   */
  void whenThereIsRoom(Runnable more) {
    stopped.add(more);
  }

  /** To be called again and again. */
  void resume() {
    if (!stopped.isEmpty() && !budget.isAtLeast(MemoryBudget.Level.SLOW)) {
      List<Runnable> before = stopped;
      stopped = new ArrayList<>();
      before.forEach(Runnable::run);
    }
  }

  long told() {
    return told;
  }

  private void add(long bytes) {
    held += bytes;
    if (Math.abs(held - told) >= step || held == 0) {
      told = held;
      budget.look();
    }
  }

  /** What one holder is charged for. It has to end with 0. For the loop only. */
  public static final class Charge {

    private final LongConsumer sum;
    private long bytes;

    /**
     * @param sum gets each change
     */
    Charge(LongConsumer sum) {
      this.sum = sum;
    }

    /** Bytes that it holds now. */
    public void set(long now) {
      if (now != bytes) {
        sum.accept(now - bytes);
        bytes = now;
      }
    }

    /**
     * @param change negative for what it gives back
     */
    public void add(long change) {
      set(bytes + change);
    }

    public long bytes() {
      return bytes;
    }
  }
}
