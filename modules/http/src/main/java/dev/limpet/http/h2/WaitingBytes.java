package dev.limpet.http.h2;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bytes of responses that wait until HTTP/2 clients open their windows, those of all connections
 * together. Beyond the limit the connections that have more than their share of it are ended:
 * clients that take what they ask for hardly hold any. Thread-safe.
 */
final class WaitingBytes {

  /** A connection is counted from here on, and again when it has changed by so much. */
  private static final int STEP = 64 * 1024;

  private final long most;
  private final AtomicLong total = new AtomicLong();
  private final AtomicInteger holders = new AtomicInteger();

  WaitingBytes(long most) {
    this.most = most;
  }

  /** One connection's; on its loop. */
  final class Share {

    private long counted;

    /**
     * @param bytes that wait on the connection now
     * @return whether the connection is to be ended
     */
    boolean holds(long bytes) {
      long change = bytes - counted;
      if (change >= STEP || change <= -STEP) {
        count(bytes < STEP ? 0 : bytes);
      }
      return counted > 0 && isAboveAverage();
    }

    /** The connection has ended. */
    void end() {
      count(0);
    }

    private void count(long bytes) {
      if ((bytes > 0) != (counted > 0)) {
        holders.addAndGet(bytes > 0 ? 1 : -1);
      }
      total.addAndGet(bytes - counted);
      counted = bytes;
    }

    private boolean isAboveAverage() {
      long all = total.get();
      return all > most && counted * Math.max(1, holders.get()) >= all;
    }
  }
}
