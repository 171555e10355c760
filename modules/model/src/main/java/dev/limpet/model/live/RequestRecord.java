package dev.limpet.model.live;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One request as it went, for those who look at single ones: the access log, the live tail, and
 * traces.
 *
 * @param epochMillis when its head had come
 * @param requestId as servers and the access log have it
 * @param trace null where it is not traced
 * @param client the address of who sent it
 * @param target as the client sent it
 * @param protocol such as {@code HTTP/1.1}
 * @param requestBytes of its body, as far as they were sent on
 * @param responseBytes of its body, as far as the client's connection took them
 * @param route {@code ""} where it found none
 * @param upstream {@code ""} where none was asked
 * @param affinity none, new, kept or moved
 * @param totalNanos to the response's last byte
 * @param queueNanos spent waiting for a full server
 * @param placementNanos spent asking the cluster where the client belongs
 * @param failure its name in the failure table; null where all went well
 */
public record RequestRecord(
    long epochMillis,
    String requestId,
    @Nullable Trace trace,
    String listener,
    String client,
    String method,
    String target,
    @Nullable String host,
    @Nullable String referer,
    @Nullable String userAgent,
    String protocol,
    int status,
    long requestBytes,
    long responseBytes,
    String route,
    String upstream,
    String affinity,
    long totalNanos,
    long queueNanos,
    long placementNanos,
    List<Attempt> attempts,
    @Nullable String failure,
    Tunnel tunnel) {

  /** Upgraded requests have a record at each end of their tunnel. */
  public enum Tunnel {
    NONE,
    OPENED,
    CLOSED
  }

  /** The last attempt, whose server's answer it got if there was one; null where there was none. */
  public @Nullable Attempt lastAttempt() {
    return attempts.isEmpty() ? null : attempts.getLast();
  }

  /**
   * Where it belongs in a trace (W3C Trace Context).
   *
   * @param traceId 32 hexadecimal digits
   * @param spanId 16, of what this node did
   * @param parentId 16, of who asked; {@code ""} where the trace begins here
   * @param state the {@code tracestate} header, or {@code ""}
   */
  public record Trace(String traceId, String spanId, String parentId, String state) {}

  /**
   * One attempt to have it answered.
   *
   * @param server its id
   * @param spanId 16 hexadecimal digits, or {@code ""} where it is not traced
   * @param startNanos after the request's head had come
   * @param connectNanos until there was a connection; negative where there was none
   * @param firstByteNanos from then to the head of the response; negative where none came
   * @param endNanos after the request's head had come
   * @param status 0 where there was no answer
   * @param failure its name in the failure table; null where there was an answer
   */
  public record Attempt(
      String server,
      String spanId,
      long startNanos,
      long connectNanos,
      long firstByteNanos,
      long endNanos,
      int status,
      @Nullable String failure) {}
}
