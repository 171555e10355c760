package dev.limpet.proxy.recording;

import dev.limpet.model.live.Distribution;
import dev.limpet.model.live.Figures;
import dev.limpet.model.live.Figures.Exemplar;
import dev.limpet.model.live.Figures.OfRoute;
import dev.limpet.model.live.Figures.OfServer;
import dev.limpet.model.live.Figures.OfUpstream;
import dev.limpet.model.live.Figures.Responses;
import dev.limpet.model.settings.ServerId;
import dev.limpet.proxy.failure.Failure;
import dev.limpet.transport.meter.Counter;
import dev.limpet.transport.meter.EnumCounters;
import dev.limpet.transport.meter.Times;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** Adds up what the loops have counted and timed. */
final class MeterReading {

  private static final List<String> METHODS = RouteMeter.methods();

  private final List<LoopMeters> loops;

  MeterReading(List<LoopMeters> loops) {
    this.loops = loops;
  }

  Figures figures(
      Map<ServerId, Integer> active,
      Map<String, Integer> queued,
      List<Figures.OfListener> listeners,
      Distribution loopLag) {
    return new Figures(
        byKey(ofLoop -> ofLoop.routes).entrySet().stream()
            .map(entry -> route(entry.getKey(), entry.getValue()))
            .sorted(
                Comparator.comparing(OfRoute::listener)
                    .thenComparing(OfRoute::route)
                    .thenComparing(OfRoute::upstream))
            .toList(),
        byKey(ofLoop -> ofLoop.upstreams).entrySet().stream()
            .map(
                entry ->
                    upstream(
                        entry.getKey(), entry.getValue(), queued.getOrDefault(entry.getKey(), 0)))
            .sorted(Comparator.comparing(OfUpstream::upstream))
            .toList(),
        byKey(ofLoop -> ofLoop.servers).entrySet().stream()
            .map(
                entry ->
                    server(
                        entry.getKey(),
                        entry.getValue(),
                        active.getOrDefault(entry.getKey().server(), 0)))
            .sorted(Comparator.comparing(OfServer::server))
            .toList(),
        listeners,
        loopLag);
  }

  private <K, M> Map<K, List<M>> byKey(Function<LoopMeters, Map<K, M>> meters) {
    Map<K, List<M>> all = new HashMap<>();
    for (LoopMeters ofLoop : loops) {
      meters
          .apply(ofLoop)
          .forEach((key, meter) -> all.computeIfAbsent(key, any -> new ArrayList<>()).add(meter));
    }
    return all;
  }

  private static OfRoute route(RouteMeter.Key key, List<RouteMeter> meters) {
    Map<Responses, Long> counts = new HashMap<>();
    List<Exemplar> exemplars = new ArrayList<>();
    for (RouteMeter meter : meters) {
      for (int method = 0; method < METHODS.size(); method++) {
        StatusCounts responses = meter.responses(method);
        if (responses != null) {
          String name = METHODS.get(method);
          responses.forEach(
              (code, count) -> counts.merge(new Responses(name, code, 0), count, Long::sum));
        }
      }
      Exemplar exemplar = meter.exemplar();
      if (exemplar != null) {
        exemplars.add(exemplar);
      }
    }
    exemplars.sort(Comparator.comparingLong(Exemplar::epochMillis).reversed());
    return new OfRoute(
        key.listener(),
        key.route(),
        key.upstream(),
        counts.entrySet().stream()
            .map(
                entry ->
                    new Responses(entry.getKey().method(), entry.getKey().code(), entry.getValue()))
            .sorted(Comparator.comparing(Responses::method).thenComparingInt(Responses::code))
            .toList(),
        sum(meters, meter -> meter.requestBytes),
        sum(meters, meter -> meter.responseBytes),
        times(meters, meter -> meter.duration),
        List.copyOf(exemplars));
  }

  private static OfUpstream upstream(String name, List<UpstreamMeter> meters, int queued) {
    return new OfUpstream(
        name,
        retries(meters),
        queued,
        times(meters, meter -> meter.queueWait),
        (int) (sum(meters, meter -> meter.tunnelsBegun) - sum(meters, meter -> meter.tunnelsEnded)),
        named(meters, meter -> meter.affinity, AffinityOutcome::word),
        named(meters, meter -> meter.rules, SessionRule::word),
        named(meters, meter -> meter.moves, MoveCause::word));
  }

  private static OfServer server(ServerMeter.Key key, List<ServerMeter> meters, int active) {
    Map<Integer, Long> codes = new TreeMap<>();
    meters.forEach(
        meter -> meter.answers.forEach((code, count) -> codes.merge(code, count, Long::sum)));
    return new OfServer(
        key.upstream(),
        key.server(),
        codes,
        named(meters, meter -> meter.failures, Failure::name),
        active,
        sum(meters, meter -> meter.sentBytes),
        sum(meters, meter -> meter.receivedBytes),
        times(meters, meter -> meter.connect),
        times(meters, meter -> meter.firstByte),
        times(meters, meter -> meter.response));
  }

  private static Map<String, Long> retries(List<UpstreamMeter> meters) {
    Map<String, Long> all = named(meters, meter -> meter.retries, Failure::name);
    long forStatus = sum(meters, meter -> meter.retriesForStatus);
    if (forStatus > 0) {
      all.put("status", forStatus);
    }
    return all;
  }

  private static <M> long sum(List<M> meters, Function<M, Counter> counter) {
    return meters.stream().mapToLong(meter -> counter.apply(meter).get()).sum();
  }

  private static <M> Distribution times(List<M> meters, Function<M, Times> times) {
    return meters.stream()
        .map(meter -> times.apply(meter).distribution())
        .reduce(Distribution.EMPTY, Distribution::plus);
  }

  private static <M, E extends Enum<E>> Map<String, Long> named(
      List<M> meters, Function<M, EnumCounters<E>> counters, Function<E, String> name) {
    Map<String, Long> all = new TreeMap<>();
    meters.forEach(
        meter ->
            counters
                .apply(meter)
                .forEach((of, count) -> all.merge(name.apply(of), count, Long::sum)));
    return all;
  }
}
