package dev.limpet.proxy.accesslog;

import dev.limpet.proxy.failure.Failure;
import org.jspecify.annotations.Nullable;

/**
 * One line: all that it says.
 *
 * @param epochMillis when the request's head had come
 * @param client the address of who sent it
 * @param target as the client sent it
 * @param protocol such as {@code HTTP/1.1}
 * @param requestBytes of its body, as far as they were sent on
 * @param responseBytes of its body, as far as the client's connection took them
 * @param upstream null where the request needed none
 * @param server the backend's id; null where none was asked
 * @param attempts how often a server was asked, or a connection to one tried
 * @param totalNanos to the response's last byte
 * @param queueNanos spent waiting for a full server
 * @param connectNanos until there was a connection; negative where there was none
 * @param firstByteNanos from then to the head of the response; negative where none came
 * @param failure null where all went well
 */
record Line(
    long epochMillis,
    String listener,
    String client,
    String method,
    String target,
    String protocol,
    int status,
    long requestBytes,
    long responseBytes,
    @Nullable String referer,
    @Nullable String userAgent,
    @Nullable String host,
    @Nullable String upstream,
    @Nullable String server,
    int attempts,
    AffinityOutcome affinity,
    long totalNanos,
    long queueNanos,
    long connectNanos,
    long firstByteNanos,
    @Nullable Failure failure,
    Tunnel tunnel) {

  /** Upgraded requests have a line at each end of their tunnel. */
  enum Tunnel {
    NONE,
    OPENED,
    CLOSED
  }
}
