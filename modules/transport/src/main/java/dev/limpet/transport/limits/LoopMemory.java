package dev.limpet.transport.limits;

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

  /** The bytes that the budget knows of. */
  private volatile long told;

  /** Run to let connections read on that have stopped. */
  private List<Runnable> stopped = new ArrayList<>();

  LoopMemory(MemoryBudget budget, long step) {
    this.budget = budget;
    this.step = step;
  }

  /** A new charge, for something that holds nothing as yet. */
  public Charge charge() {
    return new Charge(this::add);
  }

  /** Bytes. */
  public long held() {
    return held;
  }

  public MemoryBudget budget() {
    return budget;
  }

  /**
   * @param readOn runs, once, when there is room to read again
   */
  public void whenThereIsRoom(Runnable readOn) {
    stopped.add(readOn);
  }

  /** Has those read on that have stopped, if there is room; to be called again and again. */
  public void resume() {
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
      budget.updateLevel();
    }
  }

  /** The charge of one holder of bytes. It has to end with 0. For the loop only. */
  public static final class Charge {

    private final LongConsumer sum;
    private long bytes;

    /**
     * @param sum gets each change
     */
    public Charge(LongConsumer sum) {
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
