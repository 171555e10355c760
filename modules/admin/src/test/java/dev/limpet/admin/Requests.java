package dev.limpet.admin;

import dev.limpet.model.live.RequestRecord;
import java.util.List;

/** Requests that have come to their end. */
public final class Requests {

  private Requests() {}

  /**
   * @param millis that it took
   */
  public static RequestRecord request(String target, int status, String server, long millis) {
    long nanos = millis * 1_000_000;
    return new RequestRecord(
        1_764_300_000_123L,
        "id-1",
        new RequestRecord.Trace("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "", ""),
        "http",
        "192.0.2.7",
        "GET",
        target,
        "shop.example",
        null,
        "curl/8",
        "HTTP/1.1",
        status,
        0,
        120,
        "/",
        "nodejs",
        "kept",
        nanos,
        0,
        1_000,
        List.of(
            new RequestRecord.Attempt("nodejs/gone", "", 0, -1, -1, 200_000, 0, "CONNECT_REFUSED"),
            new RequestRecord.Attempt(server, "", 200_000, 50_000, 900_000, nanos, status, null)),
        null,
        RequestRecord.Tunnel.NONE);
  }
}
