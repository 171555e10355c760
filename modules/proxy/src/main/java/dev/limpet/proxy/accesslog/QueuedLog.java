package dev.limpet.proxy.accesslog;

import dev.limpet.model.live.RequestRecord;
import dev.limpet.model.settings.Settings;
import java.io.ByteArrayOutputStream;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log that is on. Requests leave their lines in a queue, from which one thread writes them;
 * when it does not keep up, lines are dropped and counted, and no request waits.
 */
final class QueuedLog implements AccessLog {

  private static final Logger LOG = LoggerFactory.getLogger(QueuedLog.class);

  /** Lines that may wait. */
  static final int CAPACITY = 8192;

  /** So many do not wait for the end of the writer's pause. */
  private static final int MANY = CAPACITY / 4;

  /** The writer looks for lines this often by itself, so that requests need not wake it. */
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private static final int BATCH_BYTES = 64 * 1024;
  private static final long REPORT_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long CLOSE_MILLIS = 5_000;

  private final LineFormat format;
  private final LogFile file;
  private final double sample;
  private final Thread writer =
      Thread.ofPlatform().daemon().name("access-log").unstarted(this::run);
  private final ConcurrentLinkedQueue<RequestRecord> queue = new ConcurrentLinkedQueue<>();
  private final AtomicInteger waiting = new AtomicInteger();
  private final LongAdder dropped = new LongAdder();
  private volatile boolean closing;

  // The writer's own.
  private final ByteArrayOutputStream batch = new ByteArrayOutputStream(BATCH_BYTES + 8192);
  private int linesInBatch;
  private long reported;
  private long reportedAt = System.nanoTime() - REPORT_NANOS;

  private QueuedLog(LineFormat format, LogFile file, double sample) {
    this.format = format;
    this.file = file;
    this.sample = sample;
  }

  static QueuedLog start(Settings.AccessLog settings, String node) {
    LineFormat format =
        switch (settings.format()) {
          case COMBINED -> new CombinedFormat();
          case JSON -> new JsonFormat(node);
        };
    QueuedLog log = new QueuedLog(format, new LogFile(settings.file()), settings.sample());
    log.writer.start();
    return log;
  }

  @Override
  public boolean takes(boolean failed) {
    return failed || sample >= 1 || ThreadLocalRandom.current().nextDouble() < sample;
  }

  @Override
  public void add(RequestRecord line) {
    int ahead = waiting.getAndIncrement();
    if (ahead >= CAPACITY) {
      waiting.decrementAndGet();
      dropped.increment();
      return;
    }
    queue.add(line);
    if (ahead == MANY) {
      LockSupport.unpark(writer);
    }
  }

  @Override
  public long dropped() {
    return dropped.sum();
  }

  @Override
  public void close() {
    closing = true;
    LockSupport.unpark(writer);
    try {
      writer.join(CLOSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    file.open();
    boolean last;
    do {
      last = closing;
      writeAll();
      reportDropped(last);
      if (!last) {
        LockSupport.parkNanos(this, PAUSE_NANOS);
      }
    } while (!last);
    file.close();
  }

  private void writeAll() {
    RequestRecord line;
    while ((line = queue.poll()) != null) {
      waiting.decrementAndGet();
      format.write(line, batch);
      linesInBatch++;
      if (batch.size() >= BATCH_BYTES) {
        flush();
      }
    }
    flush();
  }

  private void flush() {
    if (linesInBatch > 0 && !file.write(batch)) {
      dropped.add(linesInBatch);
    }
    batch.reset();
    linesInBatch = 0;
  }

  private void reportDropped(boolean last) {
    long lost = dropped.sum();
    long now = System.nanoTime();
    if (lost > reported && (last || now - reportedAt >= REPORT_NANOS)) {
      LOG.warn("{} lines of the access log were dropped, {} since start", lost - reported, lost);
      reported = lost;
      reportedAt = now;
    }
  }
}
