package dev.limpet.admin.live;

import dev.limpet.model.live.Distribution;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What was counted of one thing: a node, route, upstream or server.
 *
 * @param requests since start
 * @param responses since start, by class: {@code 2xx}
 * @param failures since start, by the names of the failure table
 * @param bytesIn from clients, or towards the server, since start
 * @param bytesOut to clients, or from the server, since start
 * @param active requests and tunnels under way
 * @param rate null where it is not known
 * @param latency of those that have ended in the window
 */
record Tally(
    long requests,
    Map<String, Long> responses,
    Map<String, Long> failures,
    long bytesIn,
    long bytesOut,
    long active,
    @Nullable Rate rate,
    Distribution latency) {

  static final Tally NONE = new Tally(0, Map.of(), Map.of(), 0, 0, 0, null, Distribution.EMPTY);

  Tally {
    responses = Reading.orEmpty(responses);
    failures = Reading.orEmpty(failures);
    latency = Reading.orEmpty(latency);
  }

  Tally plus(Tally other) {
    return new Tally(
        requests + other.requests,
        sum(responses, other.responses),
        sum(failures, other.failures),
        bytesIn + other.bytesIn,
        bytesOut + other.bytesOut,
        active + other.active,
        sum(rate, other.rate),
        latency.plus(other.latency));
  }

  /** Where it is known what goes on, and nothing has ever come, the rate is 0. */
  Tally known() {
    return rate != null
        ? this
        : new Tally(requests, responses, failures, bytesIn, bytesOut, active, Rate.ZERO, latency);
  }

  /** As the last figures of a node that does not answer: nobody knows what it does now. */
  Tally past() {
    return new Tally(requests, responses, failures, bytesIn, bytesOut, 0, null, Distribution.EMPTY);
  }

  static <K> Map<K, Long> sum(Map<K, Long> one, Map<K, Long> other) {
    Map<K, Long> sum = new TreeMap<>(one);
    other.forEach((key, count) -> sum.merge(key, count, Long::sum));
    return sum;
  }

  private static @Nullable Rate sum(@Nullable Rate one, @Nullable Rate other) {
    return one == null || other == null ? (one == null ? other : one) : one.plus(other);
  }
}
