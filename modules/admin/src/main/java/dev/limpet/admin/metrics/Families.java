package dev.limpet.admin.metrics;

import dev.limpet.model.live.Distribution;
import dev.limpet.model.live.Figures.Exemplar;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Exemplars;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Families of metrics as they are put together for one scrape, in the order of their making. */
final class Families {

  /** The bounds of histograms, in nanoseconds: half a millisecond to a minute. */
  private static final long[] BOUNDS = {
    500_000L,
    1_000_000L,
    2_500_000L,
    5_000_000L,
    10_000_000L,
    25_000_000L,
    50_000_000L,
    100_000_000L,
    250_000_000L,
    500_000_000L,
    1_000_000_000L,
    2_500_000_000L,
    5_000_000_000L,
    10_000_000_000L,
    30_000_000_000L,
    60_000_000_000L
  };

  private static final double NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Map<String, CounterSnapshot.Builder> counters = new LinkedHashMap<>();
  private final Map<String, GaugeSnapshot.Builder> gauges = new LinkedHashMap<>();
  private final Map<String, HistogramSnapshot.Builder> histograms = new LinkedHashMap<>();

  /**
   * @param name without {@code _total}
   * @param labels names and values in turn
   */
  void counter(String name, String help, long value, String... labels) {
    counters
        .computeIfAbsent(name, any -> CounterSnapshot.builder().name(name).help(help))
        .dataPoint(
            CounterDataPointSnapshot.builder()
                .labels(Labels.of(labels))
                .value((double) value)
                .build());
  }

  void gauge(String name, String help, long value, String... labels) {
    gauges
        .computeIfAbsent(name, any -> GaugeSnapshot.builder().name(name).help(help))
        .dataPoint(
            GaugeDataPointSnapshot.builder()
                .labels(Labels.of(labels))
                .value((double) value)
                .build());
  }

  /** In seconds. */
  void histogram(String name, String help, Distribution times, String... labels) {
    histogram(name, help, times, List.of(), labels);
  }

  void histogram(
      String name, String help, Distribution times, List<Exemplar> exemplars, String... labels) {
    histograms
        .computeIfAbsent(name, any -> HistogramSnapshot.builder().name(name).help(help))
        .dataPoint(
            HistogramDataPointSnapshot.builder()
                .labels(Labels.of(labels))
                .classicHistogramBuckets(buckets(times))
                .sum(times.sumNanos() / NANOS)
                .exemplars(Exemplars.of(exemplars.stream().map(Families::exemplar).toList()))
                .build());
  }

  private static ClassicHistogramBuckets buckets(Distribution times) {
    ClassicHistogramBuckets.Builder buckets = ClassicHistogramBuckets.builder();
    long before = 0;
    for (long bound : BOUNDS) {
      long upTo = times.upTo(bound);
      buckets.bucket(bound / NANOS, upTo - before);
      before = upTo;
    }
    return buckets.bucket(Double.POSITIVE_INFINITY, times.count() - before).build();
  }

  private static io.prometheus.metrics.model.snapshots.Exemplar exemplar(Exemplar shown) {
    return io.prometheus.metrics.model.snapshots.Exemplar.builder()
        .value(shown.nanos() / NANOS)
        .labels(Labels.of("trace_id", shown.traceId()))
        .timestampMillis(shown.epochMillis())
        .build();
  }

  MetricSnapshots all() {
    MetricSnapshots.Builder all = MetricSnapshots.builder();
    counters.values().forEach(family -> all.metricSnapshot(family.build()));
    gauges.values().forEach(family -> all.metricSnapshot(family.build()));
    histograms.values().forEach(family -> all.metricSnapshot(family.build()));
    return all.build();
  }
}
