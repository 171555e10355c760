package dev.limpet.proxy.servers;

import dev.limpet.balancing.Backend;
import dev.limpet.model.settings.PassiveChecks;
import dev.limpet.model.state.Ejection.Cause;
import dev.limpet.proxy.failure.Failure;
import io.netty.handler.codec.http.HttpResponse;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Passive checks of one upstream's servers at this node: what clients' requests meet there, and
 * which server is worse than may be. Whether it is ejected, and for how long, is the cluster's to
 * say.
 *
 * <p>Safe for any thread. Failures in a row are noticed at once, shares and times by {@link #tick}.
 */
public final class OutlierDetector {

  /** Differences below it are noise, however many times the others' time they are. */
  private static final double LEAST_DELAY_NANOS = 5e6;

  private final PassiveChecks checks;
  private final ServerStats.Outlier outlier;
  private final Map<Backend, ServerStats> records = new ConcurrentHashMap<>();
  private volatile Consumer<Backend> onPassed = backend -> {};

  OutlierDetector(PassiveChecks checks, ServerStats.Outlier outlier) {
    this.checks = checks;
    this.outlier = outlier;
  }

  /** The head of an answer has come. */
  public void answered(@Nullable Backend backend, HttpResponse head) {
    if (backend == null) {
      return;
    }
    int status = head.status().code();
    if (status < 500) {
      backend.answered();
    }
    if (checks.enabled()) {
      of(backend).answered(status);
    }
  }

  /**
   * No answer has come.
   *
   * @param reused whether the connection had been used before: that it was closed then says nothing
   */
  public void failed(@Nullable Backend backend, Failure failure, boolean reused) {
    boolean counts = failure.isTheServers() && !(reused && failure == Failure.RESET);
    if (checks.enabled() && backend != null && counts) {
      of(backend).failed(failure);
    }
  }

  /** Whether times to the first byte are to be reported, too. */
  public boolean takesTimes() {
    return checks.enabled() && checks.slowFactor() > 0;
  }

  public ServerStats of(Backend backend) {
    ServerStats known = records.get(backend);
    return known == null ? records.computeIfAbsent(backend, this::record) : known;
  }

  /** Forgets all others. */
  void keep(Collection<Backend> servers) {
    records.keySet().retainAll(servers);
  }

  /** Takes the listener that hears, on any thread, that a server has passed its trial. */
  void onPassed(Consumer<Backend> listener) {
    onPassed = listener;
  }

  /** To be called once a second, by one thread. */
  void tick() {
    if (!checks.enabled() || !checks.usesWindow()) {
      return;
    }
    List<Backend> servers = new ArrayList<>();
    List<ServerStats.Sums> sums = new ArrayList<>();
    records.forEach(
        (backend, record) -> {
          servers.add(backend);
          sums.add(record.tick());
        });
    for (int i = 0; i < servers.size(); i++) {
      judgeFailures(servers.get(i), sums.get(i));
      judgeTime(i, servers.get(i), sums);
    }
  }

  private ServerStats record(Backend backend) {
    return new ServerStats(backend, checks, outlier, () -> onPassed.accept(backend));
  }

  private void judgeFailures(Backend backend, ServerStats.Sums sums) {
    boolean judged = checks.errorRate() > 0 && sums.requests() >= checks.minRequests();
    if (judged && sums.failures() >= checks.errorRate() * sums.requests()) {
      outlier.found(
          backend,
          Cause.ERROR_RATE,
          "%d of %d requests of the last %d s failed"
              .formatted(sums.failures(), sums.requests(), checks.window().toSeconds()));
    }
  }

  private void judgeTime(int index, Backend backend, List<ServerStats.Sums> all) {
    ServerStats.Sums own = all.get(index);
    if (checks.slowFactor() == 0 || own.timed() < checks.minRequests()) {
      return;
    }
    double[] others =
        IntStream.range(0, all.size())
            .filter(other -> other != index && all.get(other).timed() >= checks.minRequests())
            .mapToDouble(other -> all.get(other).meanNanos())
            .sorted()
            .toArray();
    if (others.length == 0) {
      return;
    }
    double median = (others[(others.length - 1) / 2] + others[others.length / 2]) / 2;
    double mean = own.meanNanos();
    if (mean > checks.slowFactor() * median && mean - median > LEAST_DELAY_NANOS) {
      outlier.found(
          backend,
          Cause.SLOW,
          String.format(
              Locale.ROOT,
              "answers begin after %.1f ms, those of the others after %.1f ms",
              mean / 1e6,
              median / 1e6));
    }
  }
}
