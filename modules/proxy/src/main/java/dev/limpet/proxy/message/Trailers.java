package dev.limpet.proxy.message;

import akka.http.javadsl.model.HttpHeader;
import dev.limpet.http.message.WireHeader;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Fields behind a chunked body: those that may stand there go on (RFC 9110, 6.5.1). */
public final class Trailers {

  /** Framing, routing, authentication, and what decides how a message is read. */
  private static final Set<String> FORBIDDEN =
      Set.of(
          "connection",
          "keep-alive",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade",
          "content-length",
          "content-type",
          "content-encoding",
          "content-range",
          "host",
          "authorization",
          "proxy-authorization",
          "proxy-authenticate",
          "www-authenticate",
          "cookie",
          "set-cookie",
          "cache-control",
          "expect",
          "max-forwards",
          "pragma",
          "range",
          "age",
          "date",
          "expires",
          "location",
          "retry-after",
          "vary",
          "forwarded",
          "x-forwarded-for",
          "x-forwarded-proto",
          "x-forwarded-host");

  private Trailers() {}

  /**
   * @param forwarding of the request that they end
   */
  public static void copy(List<HttpHeader> from, Forwarding forwarding, HttpHeaders to) {
    for (HttpHeader field : from) {
      String name = field.lowercaseName();
      if (!FORBIDDEN.contains(name) && !forwarding.owns(name)) {
        to.add(field.name(), field.value());
      }
    }
  }

  /**
   * @throws IllegalArgumentException if one of them is no header line
   */
  static List<HttpHeader> of(HttpHeaders from) {
    List<HttpHeader> fields = new ArrayList<>();
    Iterator<Map.Entry<String, String>> lines = from.iteratorAsString();
    while (lines.hasNext()) {
      Map.Entry<String, String> line = lines.next();
      if (!FORBIDDEN.contains(line.getKey().toLowerCase(Locale.ROOT))) {
        fields.add(new WireHeader(line.getKey(), line.getValue()));
      }
    }
    return fields;
  }
}
