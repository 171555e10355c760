package dev.limpet.admin.live;

import dev.limpet.model.live.Distribution;
import dev.limpet.model.live.Figures;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes this node's figures once a second, and keeps those of the window, so that it knows what has
 * come since. Used on one thread.
 */
final class Sampler {

  /** Over which it says how long things took. */
  static final Duration WINDOW = Duration.ofSeconds(10);

  /** Two that are nearer to one another make no rate. */
  private static final Duration SHORTEST = Duration.ofMillis(300);

  private record Sample(long nanos, Figures figures) {}

  /** What rates are made of. */
  private record Counts(long requests, long errors, long bytesIn, long bytesOut) {

    Rate since(Counts before, double seconds) {
      return new Rate(
          Math.max(0, requests - before.requests) / seconds,
          Math.max(0, errors - before.errors) / seconds,
          Math.max(0, bytesIn - before.bytesIn) / seconds,
          Math.max(0, bytesOut - before.bytesOut) / seconds);
    }
  }

  private static final Counts NOTHING = new Counts(0, 0, 0, 0);

  private record RouteKey(String listener, String route, String upstream) {}

  private final String name;
  private final Supplier<Figures> figures;
  private final Supplier<NodeReport.Facts> facts;

  /** The oldest first. */
  private final Deque<Sample> samples = new ArrayDeque<>();

  private NodeReport newest;

  Sampler(String name, Supplier<Figures> figures, Supplier<NodeReport.Facts> facts) {
    this.name = name;
    this.figures = figures;
    this.facts = facts;
    this.newest =
        new NodeReport(
            name, false, null, Distribution.EMPTY, List.of(), List.of(), List.of(), List.of());
  }

  /** Whether there are two samples, so that rates are known. */
  boolean isWarm() {
    return samples.size() > 1;
  }

  /** The last one that was made. */
  NodeReport report() {
    return newest;
  }

  /** Nobody looks any more: what comes next is not a second later. */
  void forget() {
    samples.clear();
  }

  /**
   * Takes a sample, and makes a report of it.
   *
   * @param nanos of a clock without an origin
   */
  void sample(long nanos) {
    Sample last = samples.peekLast();
    if (last != null && nanos - last.nanos < SHORTEST.toNanos()) {
      return;
    }
    while (samples.size() > 1 && nanos - samples.getFirst().nanos > WINDOW.toNanos()) {
      samples.removeFirst();
    }
    Sample now = new Sample(nanos, figures.get());
    samples.addLast(now);
    newest = report(now, last, samples.getFirst(), samples.size() == 1);
  }

  private NodeReport report(Sample now, @Nullable Sample last, Sample first, boolean begins) {
    Figures figuresThen = begins ? Figures.NONE : first.figures;
    Window window = new Window(now, last, figuresThen, begins);
    return new NodeReport(
        name,
        last != null,
        facts.get(),
        window.times(now.figures.loopLag(), Optional.of(figuresThen.loopLag())),
        window.routes(),
        window.upstreams(),
        window.servers(),
        now.figures.listeners().stream().map(Sampler::listener).toList());
  }

  private static NodeReport.Listener listener(Figures.OfListener of) {
    return new NodeReport.Listener(
        of.listener(),
        of.accepted(),
        of.active(),
        of.dropped(),
        of.http2(),
        of.streams(),
        of.unreadable(),
        of.handshakes().stream()
            .map(some -> new NodeReport.Handshakes(some.version(), some.result(), some.count()))
            .toList());
  }

  /**
   * The time between samples.
   *
   * @param last the one before; null where there is none
   * @param then the figures at the beginning
   * @param empty whether it has just begun
   */
  private record Window(Sample now, @Nullable Sample last, Figures then, boolean empty) {

    Distribution times(Distribution newest, Optional<Distribution> before) {
      // What came before the first sample is not of this window.
      return empty ? Distribution.EMPTY : before.map(newest::since).orElse(newest);
    }

    private @Nullable Rate rate(Counts counts, Optional<Counts> before) {
      return last == null
          ? null
          : counts.since(before.orElse(NOTHING), (now.nanos - last.nanos) / 1e9);
    }

    private Figures before() {
      return last == null ? Figures.NONE : last.figures;
    }

    List<NodeReport.Route> routes() {
      Map<RouteKey, Figures.OfRoute> last = byKey(before().routes(), Sampler::key);
      Map<RouteKey, Figures.OfRoute> first = byKey(then.routes(), Sampler::key);
      return now.figures.routes().stream()
          .map(
              route -> {
                Optional<Figures.OfRoute> before = Optional.ofNullable(last.get(key(route)));
                Optional<Figures.OfRoute> begin = Optional.ofNullable(first.get(key(route)));
                Map<Integer, Long> codes = codes(route);
                return new NodeReport.Route(
                    route.listener(),
                    route.route(),
                    route.upstream(),
                    new Tally(
                        sum(codes),
                        classes(codes),
                        Map.of(),
                        route.requestBytes(),
                        route.responseBytes(),
                        0,
                        rate(counts(route), before.map(Sampler::counts)),
                        times(route.duration(), begin.map(Figures.OfRoute::duration))));
              })
          .toList();
    }

    List<NodeReport.Upstream> upstreams() {
      Map<String, Figures.OfUpstream> first = byKey(then.upstreams(), Figures.OfUpstream::upstream);
      return now.figures.upstreams().stream()
          .map(
              of ->
                  new NodeReport.Upstream(
                      of.upstream(),
                      of.retries(),
                      of.queued(),
                      times(
                          of.queueWait(),
                          Optional.ofNullable(first.get(of.upstream()))
                              .map(Figures.OfUpstream::queueWait)),
                      of.affinity(),
                      of.rules(),
                      of.moves(),
                      of.tunnels()))
          .toList();
    }

    List<NodeReport.Server> servers() {
      Map<String, Figures.OfServer> last = byKey(before().servers(), of -> of.server().value());
      Map<String, Figures.OfServer> first = byKey(then.servers(), of -> of.server().value());
      return now.figures.servers().stream()
          .map(
              of -> {
                String id = of.server().value();
                Optional<Figures.OfServer> before = Optional.ofNullable(last.get(id));
                Optional<Figures.OfServer> begin = Optional.ofNullable(first.get(id));
                return new NodeReport.Server(
                    of.upstream(),
                    id,
                    new Tally(
                        counts(of).requests,
                        classes(of.codes()),
                        of.failures(),
                        of.sentBytes(),
                        of.receivedBytes(),
                        of.active(),
                        rate(counts(of), before.map(Sampler::counts)),
                        times(of.response(), begin.map(Figures.OfServer::response))),
                    times(of.connect(), begin.map(Figures.OfServer::connect)),
                    times(of.firstByte(), begin.map(Figures.OfServer::firstByte)));
              })
          .toList();
    }
  }

  private static RouteKey key(Figures.OfRoute of) {
    return new RouteKey(of.listener(), of.route(), of.upstream());
  }

  private static <K, V> Map<K, V> byKey(List<V> all, Function<V, K> key) {
    Map<K, V> map = new HashMap<>();
    all.forEach(one -> map.put(key.apply(one), one));
    return map;
  }

  private static Map<Integer, Long> codes(Figures.OfRoute of) {
    Map<Integer, Long> codes = new TreeMap<>();
    of.responses().forEach(some -> codes.merge(some.code(), some.count(), Long::sum));
    return codes;
  }

  private static Counts counts(Figures.OfRoute of) {
    Map<Integer, Long> codes = codes(of);
    return new Counts(sum(codes), errors(codes), of.requestBytes(), of.responseBytes());
  }

  private static Counts counts(Figures.OfServer of) {
    long failures = sum(of.failures());
    return new Counts(
        sum(of.codes()) + failures,
        errors(of.codes()) + failures,
        of.sentBytes(),
        of.receivedBytes());
  }

  private static long sum(Map<?, Long> counts) {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  private static long errors(Map<Integer, Long> codes) {
    return codes.entrySet().stream()
        .filter(code -> code.getKey() >= 500)
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  private static Map<String, Long> classes(Map<Integer, Long> codes) {
    Map<String, Long> classes = new TreeMap<>();
    codes.forEach((code, count) -> classes.merge(code / 100 + "xx", count, Long::sum));
    return classes;
  }
}
