package dev.limpet.proxy;

import akka.http.javadsl.model.HttpRequest;
import dev.limpet.balancing.RequestFacts;
import dev.limpet.balancing.Template;
import dev.limpet.model.HeaderOperation;
import dev.limpet.model.Route;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;

/**
 * What a route changes of headers. Names and texts come from settings, where they are checked; what a
 * request puts into the placeholders loses its control characters there.
 */
final class HeaderChanges {

  private HeaderChanges() {}

  static void applyTo(HttpHeaders headers, Route route, HttpRequest request, RequestFacts facts) {
    change(headers, route.requestHeaders(), route, request, facts);
  }

  /** For a response to the request. */
  static void applyToResponse(
      HttpHeaders headers, Route route, HttpRequest request, RequestFacts facts) {
    change(headers, route.responseHeaders(), route, request, facts);
  }

  private static void change(
      HttpHeaders headers,
      List<HeaderOperation> operations,
      Route route,
      HttpRequest request,
      RequestFacts facts) {
    for (int i = 0; i < operations.size(); i++) {
      switch (operations.get(i)) {
        case HeaderOperation.Remove remove -> headers.remove(remove.name());
        case HeaderOperation.Set set ->
            headers.set(set.name(), value(set.value(), route, request, facts));
        case HeaderOperation.Add add ->
            headers.add(add.name(), value(add.value(), route, request, facts));
      }
    }
  }

  private static String value(
      String text, Route route, HttpRequest request, RequestFacts facts) {
    String filled = Template.fill(text, route, facts);
    return Headers.isHttp2(request) ? Headers.onTheWire(filled) : filled;
  }
}
