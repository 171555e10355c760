package dev.limpet.proxy.message;

import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import akka.util.ByteString;
import dev.limpet.http.message.WireHeader;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The number of proxies that a TRACE or an OPTIONS may still pass (RFC 9110, 7.6.2); other methods
 * go on in any case.
 */
public final class MaxForwards {

  private static final String NAME = "max-forwards";

  /** They are no business of a script that can send a TRACE (RFC 9110, 9.3.8). */
  private static final Set<String> SECRET =
      Set.of("authorization", "cookie", "proxy-authorization");

  private MaxForwards() {}

  /** The answer to a request that may not go on; null for one that may. */
  public static @Nullable HttpResponse answer(HttpRequest request, String target) {
    if (left(request) != 0) {
      return null;
    }
    if (request.method().equals(HttpMethods.OPTIONS)) {
      return HttpResponse.create().withStatus(StatusCodes.NO_CONTENT);
    }
    StringBuilder message = new StringBuilder(256);
    message
        .append("TRACE ")
        .append(target)
        .append(' ')
        .append(request.protocol().value())
        .append("\r\n");
    for (HttpHeader line : request.getHeaders()) {
      if (line.renderInRequests() && !SECRET.contains(line.lowercaseName())) {
        message.append(line.name()).append(": ").append(line.value()).append("\r\n");
      }
    }
    ByteString body =
        ByteString.fromString(message.append("\r\n").toString(), StandardCharsets.ISO_8859_1);
    return HttpResponse.create()
        .addHeader(new WireHeader("Content-Type", "message/http"))
        .withEntity(HttpEntities.create(ContentTypes.NO_CONTENT_TYPE, body));
  }

  /** One less, for the next server. */
  public static void count(HttpRequest request, HttpHeaders to) {
    int left = left(request);
    if (left > 0) {
      to.set("Max-Forwards", Integer.toString(left - 1));
    }
  }

  /** -1: it does not matter here, or is no number that does. */
  private static int left(HttpRequest request) {
    if (!request.method().equals(HttpMethods.TRACE)
        && !request.method().equals(HttpMethods.OPTIONS)) {
      return -1;
    }
    String value = Headers.find(request, NAME);
    boolean number =
        value != null
            && !value.isEmpty()
            && value.length() < 10
            && value.chars().allMatch(c -> c >= '0' && c <= '9');
    return number ? Integer.parseInt(value) : -1;
  }
}
