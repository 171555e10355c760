package dev.limpet.node;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.spi.ILoggingEvent;
import java.util.concurrent.atomic.LongAdder;

/**
 * Hands lines to a thread of their own, so that nobody who logs waits for whoever reads standard
 * output: a pipe that is not read takes 64 KB and then blocks its writers. What finds no room is
 * dropped and counted.
 */
final class QueuedAppender extends AsyncAppender {

  /** Lines that may wait. */
  private static final int CAPACITY = 1024;

  /** The time for the last lines of a process. */
  private static final int FLUSH_MILLIS = 1000;

  /** Lines that the process has dropped; a change of settings makes another appender. */
  private static final LongAdder DROPPED = new LongAdder();

  QueuedAppender() {
    setName("queue");
    setQueueSize(CAPACITY);
    // All levels are dropped alike, and only when there is no room.
    setDiscardingThreshold(0);
    setNeverBlock(true);
    setMaxFlushTime(FLUSH_MILLIS);
  }

  static long dropped() {
    return DROPPED.sum();
  }

  @Override
  protected void append(ILoggingEvent line) {
    if (getRemainingCapacity() == 0) {
      DROPPED.increment();
    } else {
      super.append(line);
    }
  }
}
