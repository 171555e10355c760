package dev.limpet.admin;

import dev.limpet.model.live.Distribution;
import dev.limpet.model.live.Figures;
import dev.limpet.model.settings.ServerId;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The figures of a data plane that has answered as many requests as a test says. */
public final class Counted implements Supplier<Figures> {

  public static final String UPSTREAM = "nodejs";
  public static final ServerId SERVER = ServerId.of(UPSTREAM, "10.0.0.5:3000");

  private final Map<Integer, Long> codes = new TreeMap<>();
  private final TreeMap<Integer, Long> times = new TreeMap<>();
  private long sum;
  private volatile @Nullable CountDownLatch hung;

  /** All at once. */
  public synchronized void answered(int code, long... nanos) {
    codes.merge(code, (long) nanos.length, Long::sum);
    for (long time : nanos) {
      times.merge(Distribution.bucket(time), 1L, Long::sum);
      sum += time;
    }
  }

  /** Whoever asks next waits. */
  public void hang() {
    hung = new CountDownLatch(1);
  }

  public void goOn() {
    CountDownLatch latch = hung;
    hung = null;
    if (latch != null) {
      latch.countDown();
    }
  }

  @Override
  public Figures get() {
    CountDownLatch latch = hung;
    if (latch != null) {
      try {
        latch.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    return counted();
  }

  private synchronized Figures counted() {
    Distribution took = Distribution.of(times, sum);
    return new Figures(
        List.of(
            new Figures.OfRoute(
                "http",
                "/",
                UPSTREAM,
                codes.entrySet().stream()
                    .map(code -> new Figures.Responses("GET", code.getKey(), code.getValue()))
                    .toList(),
                10 * took.count(),
                100 * took.count(),
                took,
                List.of())),
        List.of(
            new Figures.OfUpstream(
                UPSTREAM,
                Map.of("RESET", 1L),
                2,
                took,
                1,
                Map.of("kept", took.count(), "moved", 1L),
                Map.of("cookie", took.count()),
                Map.of("gone", 1L))),
        List.of(
            new Figures.OfServer(
                UPSTREAM,
                SERVER,
                Map.copyOf(codes),
                Map.of("CONNECT_REFUSED", 1L),
                3,
                10 * took.count(),
                100 * took.count(),
                took,
                took,
                took)),
        List.of(
            new Figures.OfListener(
                "http", 5, 4, 1, 2, 3, 1, List.of(new Figures.Handshakes("TLSv1.3", "full", 5)))),
        took);
  }
}
