package dev.limpet.telemetry;

import dev.limpet.model.live.ExportedSpans;
import dev.limpet.model.live.RequestRecord;
import dev.limpet.model.live.RequestSink;
import dev.limpet.model.settings.Tracing;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The export of traces: takes the records of requests that are traced, and sends them to the
 * collector as spans, on a thread of its own. What the thread cannot keep up with, or the collector
 * does not take, is dropped and counted. All methods may be called from any thread.
 */
public final class Telemetry implements RequestSink, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Telemetry.class);

  /** Requests that may wait; some megabytes. */
  private static final int CAPACITY = 4096;

  /** Requests in one message to the collector. */
  private static final int BATCH = 256;

  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long CLOSE_MILLIS = 2000;

  private final String node;
  private final Queue<RequestRecord> queue = new ConcurrentLinkedQueue<>();
  private final AtomicInteger waiting = new AtomicInteger();
  private final LongAdder exported = new LongAdder();
  private final LongAdder dropped = new LongAdder();
  private final Thread exporter =
      Thread.ofPlatform().daemon().name("limpet-traces").unstarted(this::run);
  private volatile @Nullable Tracing settings;
  private volatile boolean closing;

  /**
   * Exports nothing yet.
   *
   * @param node the name of this one
   */
  public Telemetry(String node) {
    this.node = node;
  }

  /** Exports from now on as these settings say, or not at all. */
  public synchronized void use(Optional<Tracing> next) {
    settings = next.orElse(null);
    if (next.isPresent() && exporter.getState() == Thread.State.NEW) {
      exporter.start();
    }
  }

  @Override
  public boolean wants(boolean traced) {
    return traced && settings != null;
  }

  @Override
  public void take(RequestRecord request) {
    if (request.tunnel() == RequestRecord.Tunnel.CLOSED) {
      // Its spans have ended when the tunnel began.
      return;
    }
    int ahead = waiting.getAndIncrement();
    if (ahead >= CAPACITY) {
      waiting.decrementAndGet();
      dropped.add(Spans.count(request));
      return;
    }
    queue.add(request);
    if (ahead == BATCH) {
      LockSupport.unpark(exporter);
    }
  }

  /** What has become of the spans so far. */
  public ExportedSpans spans() {
    return new ExportedSpans(exported.sum(), dropped.sum());
  }

  /** Exports what waits. Waits for that for two seconds at most. */
  @Override
  public void close() {
    synchronized (this) {
      closing = true;
      if (exporter.getState() == Thread.State.NEW) {
        return;
      }
    }
    LockSupport.unpark(exporter);
    try {
      exporter.join(CLOSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (exporter.isAlive()) {
      LOG.warn("not all traces of the last requests were exported, for the collector is too slow");
    }
  }

  private void run() {
    Collector collector = null;
    boolean last;
    do {
      last = closing;
      Tracing wanted = settings;
      if (collector != null && !collector.isFor(wanted)) {
        collector.close();
        collector = null;
      }
      if (collector == null && wanted != null) {
        collector = new Collector(wanted, node);
      }
      exportAll(collector);
      if (!last) {
        LockSupport.parkNanos(this, PAUSE_NANOS);
      }
    } while (!last);
    if (collector != null) {
      collector.close();
    }
  }

  /**
   * @param to null where nobody wants them any more
   */
  private void exportAll(@Nullable Collector to) {
    List<RequestRecord> batch = nextBatch();
    while (!batch.isEmpty()) {
      export(batch, to);
      batch = nextBatch();
    }
  }

  private List<RequestRecord> nextBatch() {
    List<RequestRecord> batch = new ArrayList<>();
    RequestRecord request;
    while (batch.size() < BATCH && (request = queue.poll()) != null) {
      waiting.decrementAndGet();
      batch.add(request);
    }
    return batch;
  }

  private void export(List<RequestRecord> batch, @Nullable Collector to) {
    int count = batch.stream().mapToInt(Spans::count).sum();
    boolean taken = false;
    try {
      if (to != null) {
        List<SpanData> spans = new ArrayList<>(count);
        batch.forEach(request -> spans.addAll(Spans.of(request, to.resource())));
        taken = to.send(spans);
      }
    } catch (RuntimeException e) {
      LOG.error("traces are dropped, by a fault of Limpet's own", e);
    }
    (taken ? exported : dropped).add(count);
  }
}
