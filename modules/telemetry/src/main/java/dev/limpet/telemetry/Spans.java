package dev.limpet.telemetry;

import dev.limpet.model.live.RequestRecord;
import dev.limpet.model.live.RequestRecord.Attempt;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.TraceStateBuilder;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.IdGenerator;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * The spans of one request: what the client saw, and within that the question to the cluster, the
 * wait for a full server, and each attempt. Names of attributes are OpenTelemetry's (semantic
 * conventions for HTTP), and ours.
 */
final class Spans {

  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH");

  private static final AttributeKey<String> METHOD = AttributeKey.stringKey("http.request.method");
  private static final AttributeKey<Long> STATUS =
      AttributeKey.longKey("http.response.status_code");
  private static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");

  private final RequestRecord request;
  private final Resource resource;
  private final String traceId;
  private final SpanContext own;
  private final TraceState state;
  private final long start;
  private final List<SpanData> spans = new ArrayList<>();

  private Spans(RequestRecord request, RequestRecord.Trace trace, Resource resource) {
    this.request = request;
    this.resource = resource;
    this.traceId = trace.traceId();
    this.state = state(trace.state());
    this.own = context(trace.spanId());
    this.start = request.epochMillis() * 1_000_000;
  }

  /** How many spans a request has. */
  static int count(RequestRecord request) {
    return 1
        + (request.placementNanos() > 0 ? 1 : 0)
        + (request.queueNanos() > 0 ? 1 : 0)
        + request.attempts().size();
  }

  /**
   * @param request one that is traced
   */
  static List<SpanData> of(RequestRecord request, Resource resource) {
    RequestRecord.Trace trace = Objects.requireNonNull(request.trace(), "only traced requests");
    Spans spans = new Spans(request, trace, resource);
    spans.addServer(trace.parentId());
    spans.addWaits();
    for (int i = 0; i < request.attempts().size(); i++) {
      spans.addAttempt(request.attempts().get(i), i);
    }
    return spans.spans;
  }

  private void addServer(String parentId) {
    AttributesBuilder attributes = Attributes.builder();
    method(attributes);
    attributes.put("url.path", path());
    host(attributes);
    attributes.put("client.address", request.client());
    attributes.put("network.protocol.version", version());
    attributes.put(STATUS, (long) request.status());
    if (!request.route().isEmpty()) {
      attributes.put("http.route", request.route());
    }
    attributes.put("limpet.listener", request.listener());
    if (!request.upstream().isEmpty()) {
      attributes.put("limpet.upstream", request.upstream());
    }
    attributes.put("limpet.affinity", request.affinity());
    if (!request.requestId().isEmpty()) {
      attributes.put("limpet.request_id", request.requestId());
    }
    boolean failed = request.status() >= 500;
    if (request.failure() != null) {
      attributes.put(ERROR, request.failure());
      failed |= request.status() < 400;
    } else if (failed) {
      attributes.put(ERROR, String.valueOf(request.status()));
    }
    spans.add(
        new Span(
            (spanName() + " " + request.route()).strip(),
            SpanKind.SERVER,
            own,
            parentId.isEmpty()
                ? SpanContext.getInvalid()
                : SpanContext.createFromRemoteParent(
                    traceId, parentId, TraceFlags.getSampled(), state),
            failed ? StatusData.error() : StatusData.unset(),
            start,
            start + request.totalNanos(),
            attributes.build(),
            List.of(),
            resource));
  }

  /** They come before the first attempt, one after the other. */
  private void addWaits() {
    long end =
        request.attempts().isEmpty()
            ? request.totalNanos()
            : request.attempts().getFirst().startNanos();
    long queueFrom = Math.max(0, end - request.queueNanos());
    if (request.placementNanos() > 0) {
      addWait("placement", Math.max(0, queueFrom - request.placementNanos()), queueFrom);
    }
    if (request.queueNanos() > 0) {
      addWait("queue", queueFrom, end);
    }
  }

  private void addWait(String name, long from, long to) {
    spans.add(
        new Span(
            name,
            SpanKind.INTERNAL,
            context(IdGenerator.random().generateSpanId()),
            own,
            StatusData.unset(),
            start + from,
            start + to,
            Attributes.empty(),
            List.of(),
            resource));
  }

  private void addAttempt(Attempt attempt, int index) {
    AttributesBuilder attributes = Attributes.builder();
    method(attributes);
    attributes.put("limpet.server", attempt.server());
    if (index > 0) {
      attributes.put("http.request.resend_count", (long) index);
    }
    if (attempt.status() > 0) {
      attributes.put(STATUS, (long) attempt.status());
    }
    boolean failed = attempt.failure() != null || attempt.status() >= 500;
    if (failed) {
      attributes.put(
          ERROR, attempt.failure() == null ? String.valueOf(attempt.status()) : attempt.failure());
    }
    List<EventData> events = new ArrayList<>(2);
    long at = start + attempt.startNanos();
    if (attempt.connectNanos() >= 0) {
      at += attempt.connectNanos();
      events.add(EventData.create(at, "connected", Attributes.empty()));
      if (attempt.firstByteNanos() >= 0) {
        at += attempt.firstByteNanos();
        events.add(EventData.create(at, "response", Attributes.empty()));
      }
    }
    spans.add(
        new Span(
            spanName(),
            SpanKind.CLIENT,
            context(attempt.spanId()),
            own,
            failed ? StatusData.error() : StatusData.unset(),
            start + attempt.startNanos(),
            start + attempt.endNanos(),
            attributes.build(),
            List.copyOf(events),
            resource));
  }

  private SpanContext context(String spanId) {
    return SpanContext.create(traceId, spanId, TraceFlags.getSampled(), state);
  }

  /** Clients make up methods; theirs are all one. */
  private void method(AttributesBuilder attributes) {
    if (METHODS.contains(request.method())) {
      attributes.put(METHOD, request.method());
    } else {
      attributes.put(METHOD, "_OTHER");
      attributes.put("http.request.method_original", request.method());
    }
  }

  private String spanName() {
    return METHODS.contains(request.method()) ? request.method() : "HTTP";
  }

  /** Without the query, which may hold secrets, and without an absolute target's authority. */
  private String path() {
    String target = request.target();
    int query = target.indexOf('?');
    String path = query < 0 ? target : target.substring(0, query);
    int authority = path.startsWith("/") ? -1 : path.indexOf("://");
    if (authority < 0) {
      return path;
    }
    int slash = path.indexOf('/', authority + 3);
    return slash < 0 ? "/" : path.substring(slash);
  }

  private void host(AttributesBuilder attributes) {
    String host = request.host();
    if (host == null || host.isEmpty()) {
      return;
    }
    int colon = host.lastIndexOf(':');
    boolean hasPort =
        colon > host.lastIndexOf(']') && host.substring(colon + 1).matches("[0-9]{1,5}");
    attributes.put("server.address", hasPort ? host.substring(0, colon) : host);
    if (hasPort) {
      attributes.put("server.port", Long.parseLong(host.substring(colon + 1)));
    }
  }

  private String version() {
    String version = request.protocol().substring(request.protocol().indexOf('/') + 1);
    return version.equals("2.0") ? "2" : version;
  }

  /** The builder puts what comes later in front. */
  private static TraceState state(String header) {
    if (header.isEmpty()) {
      return TraceState.getDefault();
    }
    TraceStateBuilder builder = TraceState.builder();
    for (String member : List.of(header.split(",", -1)).reversed()) {
      int equals = member.indexOf('=');
      if (equals > 0) {
        builder.put(member.substring(0, equals), member.substring(equals + 1));
      }
    }
    return builder.build();
  }
}
