package dev.limpet.admin.tail;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.limpet.model.live.RequestRecord;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A {@link RequestRecord} as the API shows it, and as nodes tell it one another. Times are in
 * seconds; what is not known is not there.
 *
 * @param time when its head had come, in milliseconds since 1970
 * @param node that took it
 * @param trace 32 hexadecimal digits
 * @param server of the last attempt
 * @param total to the response's last byte
 * @param tunnel opened or closed, for the two records of a request that was upgraded
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record TailView(
    long time,
    String node,
    String id,
    @Nullable String trace,
    String listener,
    String client,
    String method,
    String target,
    @Nullable String host,
    String protocol,
    int status,
    long requestBytes,
    long responseBytes,
    String route,
    String upstream,
    @Nullable String server,
    String affinity,
    double total,
    double queue,
    double placement,
    List<Attempt> attempts,
    @Nullable String failure,
    @Nullable String tunnel) {

  /** Nobody reads more of it, and it may be as long as a head. */
  private static final int LONGEST_TEXT = 2_000;

  /** What other nodes send may lack something. */
  TailView {
    node = orEmpty(node);
    id = orEmpty(id);
    listener = orEmpty(listener);
    client = orEmpty(client);
    method = orEmpty(method);
    target = orEmpty(target);
    protocol = orEmpty(protocol);
    route = orEmpty(route);
    upstream = orEmpty(upstream);
    affinity = orEmpty(affinity);
    attempts = attempts == null ? List.of() : List.copyOf(attempts);
  }

  /**
   * An attempt to have it answered.
   *
   * @param connect until there was a connection
   * @param firstByte from then to the head of the response
   * @param total all of it
   * @param status null where there was no answer
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Attempt(
      String server,
      @Nullable Double connect,
      @Nullable Double firstByte,
      double total,
      @Nullable Integer status,
      @Nullable String failure) {

    Attempt {
      server = orEmpty(server);
    }

    private static Attempt of(RequestRecord.Attempt attempt) {
      return new Attempt(
          attempt.server(),
          attempt.connectNanos() < 0 ? null : (Double) seconds(attempt.connectNanos()),
          attempt.firstByteNanos() < 0 ? null : (Double) seconds(attempt.firstByteNanos()),
          seconds(attempt.endNanos() - attempt.startNanos()),
          attempt.status() == 0 ? null : (Integer) attempt.status(),
          attempt.failure());
    }
  }

  static TailView of(String node, RequestRecord request) {
    RequestRecord.Attempt last = request.lastAttempt();
    RequestRecord.Trace trace = request.trace();
    return new TailView(
        request.epochMillis(),
        node,
        cut(request.requestId()),
        trace == null ? null : trace.traceId(),
        request.listener(),
        request.client(),
        cut(request.method()),
        cut(request.target()),
        request.host() == null ? null : cut(Objects.requireNonNull(request.host())),
        request.protocol(),
        request.status(),
        request.requestBytes(),
        request.responseBytes(),
        request.route(),
        request.upstream(),
        last == null ? null : last.server(),
        request.affinity(),
        seconds(request.totalNanos()),
        seconds(request.queueNanos()),
        seconds(request.placementNanos()),
        request.attempts().stream().map(Attempt::of).toList(),
        request.failure(),
        request.tunnel() == RequestRecord.Tunnel.NONE
            ? null
            : request.tunnel().name().toLowerCase(Locale.ROOT));
  }

  private static String cut(String text) {
    return text.length() <= LONGEST_TEXT ? text : text.substring(0, LONGEST_TEXT - 1) + "…";
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }

  private static double seconds(long nanos) {
    return Math.round(nanos / 1e3) / 1e6;
  }
}
