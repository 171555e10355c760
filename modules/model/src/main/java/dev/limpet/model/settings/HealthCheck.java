package dev.limpet.model.settings;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One active check of a server.
 *
 * @param port empty for the server's own
 * @param interval between two checks by one node
 * @param timeout for a check as a whole
 * @param fails consecutive failures after which an observer calls the server suspect, and
 *     consecutive refusals after which it calls it dead
 * @param passes consecutive successes after which it calls it up again
 */
public record HealthCheck(
    Kind kind, OptionalInt port, Duration interval, Duration timeout, int fails, int passes) {

  /** The kind of a check: what it does with the server. */
  public sealed interface Kind {

    /**
     * Sends a request, over TLS where the upstream's servers speak it.
     *
     * @param host the Host header; empty for the server's address
     * @param headers further ones to send, by name
     */
    record Http(
        String method,
        String path,
        Optional<String> host,
        Map<String, String> headers,
        ResponseMatch match)
        implements Kind {}

    /**
     * Connects.
     *
     * @param send what is then sent; may be empty
     * @param expect what the answer must hold; empty where none is waited for
     */
    record Tcp(String send, Optional<TextMatch> expect) implements Kind {}

    /** Connects and shakes hands. */
    record Tls() implements Kind {}
  }

  /** The name for operators: {@code GET /health}, {@code TCP at port 6379}. */
  public String name() {
    String what =
        switch (kind) {
          case Kind.Http http -> http.method() + " " + http.path();
          case Kind.Tcp _ -> "TCP";
          case Kind.Tls _ -> "TLS";
        };
    return port.isPresent() ? what + " at port " + port.getAsInt() : what;
  }
}
