package dev.limpet.transport.loop;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that sees loops which do not turn: a loop that is kept by one connection keeps all its
 * others waiting. Loops note by themselves that they turn; this thread looks at their notes. A
 * pause of the whole process, in which it did not run itself, is nobody's fault.
 */
final class LoopWatchdog {

  private static final Logger LOG = LoggerFactory.getLogger(LoopWatchdog.class);

  private static final long SECOND = 1_000_000_000L;

  private final List<Watched> loops = new ArrayList<>();
  private final LongAdder stalls = new LongAdder();
  private final Duration stall;
  private final Duration lost;
  private volatile boolean ended;

  /**
   * @param stall after so long it is said where a loop hangs
   * @param lost after so long it is taken for one that does not come back
   */
  LoopWatchdog(List<Loop> watched, Duration stall, Duration lost) {
    this.stall = stall;
    this.lost = lost;
    for (Loop loop : watched) {
      Watched one = new Watched(loop);
      loops.add(one);
      loop.execute(one::turn, loop.faults().in("a task"));
      loop.every(stall.dividedBy(4), one::turn);
    }
    Thread.ofPlatform().daemon().name("limpet-loop-watchdog").start(this::run);
  }

  /** Times that a loop stood still. */
  long stalls() {
    return stalls.sum();
  }

  /** Which loops do not come back, and since when; or empty. */
  String lost() {
    long now = System.nanoTime();
    return loops.stream()
        .filter(loop -> loop.stands(now) >= lost.toNanos())
        .map(loop -> loop.name() + " stands still for " + loop.stands(now) / SECOND + " s")
        .collect(Collectors.joining(", "));
  }

  void end() {
    ended = true;
  }

  private void run() {
    long step = stall.toNanos() / 8;
    long before = System.nanoTime();
    while (!ended) {
      try {
        Thread.sleep(Duration.ofNanos(step));
      } catch (InterruptedException e) {
        return;
      }
      long now = System.nanoTime();
      boolean paused = now - before - step > stall.toNanos() / 2;
      before = now;
      for (Watched loop : loops) {
        if (paused) {
          loop.resumed = now;
        }
        loop.look(now);
      }
    }
  }

  private final class Watched {

    private final Loop loop;

    /** Written by the loop. */
    private volatile long turned = System.nanoTime();

    private volatile @Nullable Thread thread;

    /** The end of the process's last pause. */
    private volatile long resumed = turned;

    private boolean stalled;

    Watched(Loop loop) {
      this.loop = loop;
    }

    String name() {
      return "loop " + loop.index();
    }

    void turn() {
      thread = Thread.currentThread();
      turned = System.nanoTime();
    }

    long stands(long now) {
      return Math.min(now - turned, now - resumed);
    }

    void look(long now) {
      boolean stands = stands(now) >= stall.toNanos();
      Thread ofLoop = thread;
      if (stands && !stalled && ofLoop != null && !loop.executor().isShuttingDown()) {
        stalls.increment();
        LOG.error(
            "{} has not turned for {} s; all its connections wait for{}",
            name(),
            stall.toMillis() / 1000.0,
            Stream.of(ofLoop.getStackTrace())
                .map(frame -> System.lineSeparator() + "\tat " + frame)
                .collect(Collectors.joining()));
      } else if (!stands && stalled) {
        LOG.warn("{} turns again", name());
      }
      stalled = stands;
    }
  }
}
