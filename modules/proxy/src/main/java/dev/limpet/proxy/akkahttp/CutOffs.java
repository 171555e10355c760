package dev.limpet.proxy.akkahttp;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * HTTP/2 clients that were told to calm down (ENHANCE_YOUR_CALM) and cut off. All are counted; one line a second tells
 * of them, so that they cannot fill the log. Thread-safe.
 */
final class CutOffs {

  private static final Logger LOG = LoggerFactory.getLogger(CutOffs.class);
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final LongAdder count = new LongAdder();
  private final AtomicLong nextLine = new AtomicLong(System.nanoTime());
  private final AtomicLong told = new AtomicLong();

  /** On the loop of the client, which is sent its GOAWAY next. */
  void add(Client client, String why) {
    client.connection().endSoon();
    count.increment();
    long now = System.nanoTime();
    long due = nextLine.get();
    if (now - due >= 0 && nextLine.compareAndSet(due, now + PAUSE_NANOS)) {
      long all = count.sum();
      long others = all - told.getAndSet(all) - 1;
      LOG.warn(
          "cut off the HTTP/2 client {} at listener {}: {}{}",
          client.remote().getAddress().getHostAddress(),
          client.listener(),
          why,
          others > 0 ? "; and " + others + " before, since the last such line" : "");
    }
  }

  long count() {
    return count.sum();
  }
}
