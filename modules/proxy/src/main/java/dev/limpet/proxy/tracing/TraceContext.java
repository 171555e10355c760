package dev.limpet.proxy.tracing;

import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpRequest;
import dev.limpet.model.settings.Tracing;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The trace that a request is part of, and this node's place in it.
 *
 * @param spanId of what this node does
 * @param parentId of who asked; {@code ""} where the trace begins here
 * @param state the {@code tracestate} that goes on, or {@code ""}
 */
record TraceContext(String traceId, String spanId, String parentId, boolean sampled, String state) {

  static final String PARENT = "traceparent";
  static final String STATE = "tracestate";

  /**
   * The request's own, or a new one where it has none by the standard.
   *
   * @param believed whether the request may say so
   */
  static TraceContext of(HttpRequest request, boolean believed, Tracing settings) {
    TraceParent parent = believed ? parent(request) : null;
    if (parent == null) {
      return new TraceContext(
          HexIds.of128Bits(), HexIds.of64Bits(), "", isChosen(settings.sample()), "");
    }
    return new TraceContext(
        parent.traceId(),
        HexIds.of64Bits(),
        parent.parentId(),
        parent.sampled(),
        TraceState.of(lines(request, STATE)));
  }

  /** Several are none: nobody knows which is right. */
  private static @Nullable TraceParent parent(HttpRequest request) {
    List<String> lines = lines(request, PARENT);
    return lines.size() == 1 ? TraceParent.parse(lines.getFirst()) : null;
  }

  private static List<String> lines(HttpRequest request, String name) {
    List<String> lines = new ArrayList<>(1);
    for (HttpHeader header : request.getHeaders()) {
      if (header.is(name)) {
        lines.add(header.value());
      }
    }
    return lines;
  }

  private static boolean isChosen(double share) {
    return share >= 1 || ThreadLocalRandom.current().nextDouble() < share;
  }

  /**
   * The {@code traceparent} for a server. A node that records nothing does not come between those
   * who do.
   *
   * @param attempt the span that asks it, or {@code ""}
   */
  String parentLine(String attempt) {
    String asking = spanId;
    if (!attempt.isEmpty()) {
      asking = attempt;
    } else if (!sampled && !parentId.isEmpty()) {
      asking = parentId;
    }
    return new TraceParent(traceId, asking, sampled).written();
  }
}
