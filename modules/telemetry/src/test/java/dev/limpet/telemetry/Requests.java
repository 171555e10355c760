package dev.limpet.telemetry;

import dev.limpet.model.live.RequestRecord;
import dev.limpet.model.live.RequestRecord.Attempt;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Requests as the data plane tells of them. */
final class Requests {

  static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  static final String SPAN = "00f067aa0ba902b7";
  static final String PARENT = "b7ad6b7169203331";
  static final long EPOCH_MILLIS = 1_700_000_000_123L;

  private Requests() {}

  /** One span, and nothing to tell. */
  static RequestRecord plain() {
    return request("GET", "/cart?token=secret", 200, "", List.of(), null);
  }

  /** The second record of a request that had become a tunnel. */
  static RequestRecord closedTunnel() {
    return request("GET", "/chat", 101, "", List.of(), null, RequestRecord.Tunnel.CLOSED);
  }

  static RequestRecord request(
      String method,
      String target,
      int status,
      String parent,
      List<Attempt> attempts,
      @Nullable String failure) {
    return request(method, target, status, parent, attempts, failure, RequestRecord.Tunnel.NONE);
  }

  private static RequestRecord request(
      String method,
      String target,
      int status,
      String parent,
      List<Attempt> attempts,
      @Nullable String failure,
      RequestRecord.Tunnel tunnel) {
    boolean asked = !attempts.isEmpty();
    return new RequestRecord(
        EPOCH_MILLIS,
        "id-1",
        new RequestRecord.Trace(TRACE, SPAN, parent, parent.isEmpty() ? "" : "a=1,b=2"),
        "http",
        "192.0.2.9",
        method,
        target,
        "shop.example:8080",
        null,
        null,
        "HTTP/2.0",
        status,
        0,
        5,
        asked ? "/cart" : "",
        asked ? "app" : "",
        "kept",
        9_000_000,
        asked ? 2_000_000 : 0,
        asked ? 1_000_000 : 0,
        attempts,
        failure,
        tunnel);
  }
}
