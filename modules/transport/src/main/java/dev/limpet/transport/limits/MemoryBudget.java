package dev.limpet.transport.limits;

import dev.limpet.transport.report.Occurrences;
import io.netty.util.internal.PlatformDependent;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bytes that connections may hold on this node, and how short they are. As they come near the
 * limit, more and more is done without: first idle connections, then those that hold most and new
 * ones, then reading. Envoy's overload manager is the model.
 *
 * <p>What is charged is what a peer can make us hold: a connection's own parts, what has been
 * received and not passed on, what has been written and not taken. Loops count for themselves
 * ({@link LoopMemory}) and tell of changes only when they are large, so nobody waits for a shared
 * counter.
 */
public final class MemoryBudget {

  /** How much is done without: each level does without all that those before it do. */
  public enum Level {
    /** Nothing. */
    CALM,
    /** Connections on which nothing is under way, those first that have been idle for longest. */
    CLOSE_IDLE,
    /** Connections for which most is held; new ones, too, where that does not help. */
    REFUSE,
    /** Reading from clients, until there is room again. */
    SLOW
  }

  private static final Logger LOG = LoggerFactory.getLogger(MemoryBudget.class);

  /** Loops tell of a change when it is this part of the limit, divided by their number. */
  private static final int STEPS = 128;

  /** From so many tenths of the limit on. */
  private static final int CLOSE_IDLE_TENTHS = 8;

  private static final int REFUSE_TENTHS = 9;

  private final long limit;
  private final long step;
  private final List<LoopMemory> loops = new ArrayList<>();
  private final Occurrences closedIdle = new Occurrences();
  private final Occurrences cut = new Occurrences();
  private final Occurrences refused = new Occurrences();
  private final Occurrences heldUp = new Occurrences();
  private volatile Level level = Level.CALM;

  /**
   * @param limit in bytes; 0 for what {@link #derived} says
   * @param loops how many will count
   */
  public MemoryBudget(long limit, int loops) {
    this.limit = limit == 0 ? derived() : limit;
    this.step = Math.max(1, this.limit / STEPS / loops);
    for (int i = 0; i < loops; i++) {
      this.loops.add(new LoopMemory(this, step));
    }
  }

  /**
   * Two fifths of the heap, or four of the memory outside it if that is less. The rest is for the
   * session table, for what requests need for a moment, and for the collector to work in.
   */
  static long derived() {
    long heap = Runtime.getRuntime().maxMemory() / 5 * 2;
    return Math.min(heap, PlatformDependent.maxDirectMemory() / 5 * 4);
  }

  public LoopMemory ofLoop(int index) {
    return loops.get(index);
  }

  /** May be read by any thread at any time. */
  public Level level() {
    return level;
  }

  /** Whether this is done without now. */
  public boolean isAtLeast(Level asked) {
    return level.compareTo(asked) >= 0;
  }

  /** In bytes. */
  public long limit() {
    return limit;
  }

  /** Bytes that are held now, to within a hundredth of the limit. */
  public long held() {
    long sum = 0;
    for (LoopMemory loop : loops) {
      sum += loop.told();
    }
    return sum;
  }

  /** Idle connections that were closed to make room, since start. */
  public long closedIdle() {
    return closedIdle.count();
  }

  /** Connections that were cut because they held most, since start. */
  public long cut() {
    return cut.count();
  }

  /** Connections that were refused for want of room, since start. */
  public long refused() {
    return refused.count();
  }

  /** How often reading from a client was stopped for want of room, since start. */
  public long heldUp() {
    return heldUp.count();
  }

  public void countClosedIdle() {
    closedIdle.add(times -> say(times, "idle connections closed"));
  }

  public void countCut() {
    cut.add(times -> say(times, "connections cut that held most"));
  }

  public void countRefused() {
    refused.add(times -> say(times, "new connections refused"));
  }

  public void countHeldUp() {
    heldUp.add(times -> say(times, "clients have to wait before more is read from them"));
  }

  private void say(long times, String what) {
    LOG.warn(
        "short of memory, connections hold {} MB of {} (limits.max-memory): {} {}",
        held() >> 20,
        limit >> 20,
        times,
        what);
  }

  /** A loop holds much more or less than before. */
  void updateLevel() {
    Level now = levelOf(held());
    if (now != level) {
      level = now;
    }
  }

  private Level levelOf(long held) {
    if (held >= limit) {
      return Level.SLOW;
    }
    if (held >= limit / 10 * REFUSE_TENTHS) {
      return Level.REFUSE;
    }
    return held >= limit / 10 * CLOSE_IDLE_TENTHS ? Level.CLOSE_IDLE : Level.CALM;
  }
}
