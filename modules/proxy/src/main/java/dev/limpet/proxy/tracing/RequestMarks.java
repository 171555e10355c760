package dev.limpet.proxy.tracing;

import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpRequest;
import dev.limpet.model.live.RequestRecord;
import dev.limpet.model.settings.RequestIds;
import dev.limpet.model.settings.Tracing;
import io.netty.handler.codec.http.HttpHeaders;
import org.jspecify.annotations.Nullable;

/**
 * The marks of one request: its id, and its place in a trace. Immutable; making them takes some
 * random numbers, and nothing where the settings have none.
 */
public final class RequestMarks {

  private static final int MAX_ID = 128;

  private static final RequestMarks NONE = new RequestMarks(MarkRules.NONE, "", null);

  private final MarkRules rules;
  private final String id;
  private final @Nullable TraceContext context;

  private RequestMarks(MarkRules rules, String id, @Nullable TraceContext context) {
    this.rules = rules;
    this.id = id;
    this.context = context;
  }

  /**
   * @param fromProxy whether a trusted proxy sends it
   */
  public static RequestMarks of(MarkRules rules, HttpRequest request, boolean fromProxy) {
    RequestIds ids = rules.ids();
    Tracing tracing = rules.tracing();
    if (ids == null && tracing == null) {
      return NONE;
    }
    return new RequestMarks(
        rules,
        ids == null
            ? ""
            : id(rules.idHeader(), request, MarkRules.believes(ids.trust(), fromProxy)),
        tracing == null
            ? null
            : TraceContext.of(request, MarkRules.believes(tracing.trust(), fromProxy), tracing));
  }

  private static String id(String name, HttpRequest request, boolean believed) {
    String sent = null;
    if (believed) {
      for (HttpHeader header : request.getHeaders()) {
        if (header.is(name)) {
          if (sent != null) {
            return HexIds.of128Bits();
          }
          sent = header.value();
        }
      }
    }
    return sent != null && isId(sent) ? sent : HexIds.of128Bits();
  }

  /** It goes into logs and pages as it is. */
  private static boolean isId(String text) {
    return !text.isEmpty()
        && text.length() <= MAX_ID
        && text.chars().allMatch(c -> c > ' ' && c < 0x7f);
  }

  /** The request's id, or {@code ""} where requests have none. */
  public String id() {
    return id;
  }

  /** The header that the id is in, as it is written; {@code ""} where there is none. */
  public String idHeader() {
    RequestIds ids = rules.ids();
    return ids == null ? "" : ids.header();
  }

  /** 32 hexadecimal digits, or {@code ""} where requests are not traced. */
  public String traceId() {
    return context == null ? "" : context.traceId();
  }

  /** Whether the request belongs to a trace that is recorded. */
  public boolean isRecorded() {
    return context != null && context.sampled();
  }

  /** Null where the request is not recorded. */
  public RequestRecord.@Nullable Trace recorded() {
    return context == null || !context.sampled()
        ? null
        : new RequestRecord.Trace(
            context.traceId(), context.spanId(), context.parentId(), context.state());
  }

  /** An id for an attempt; {@code ""} where the request is not recorded. */
  public String newSpan() {
    return isRecorded() ? HexIds.of64Bits() : "";
  }

  /**
   * Whether a header is one of the marks, so that {@link #addTo} or nobody sends it. Applications
   * that make variables of headers cannot tell {@code _} from {@code -}.
   */
  public boolean owns(String lowercaseName) {
    String name = lowercaseName.indexOf('_') < 0 ? lowercaseName : lowercaseName.replace('_', '-');
    return name.equals(rules.idHeader())
        || (context != null
            && (name.equals(TraceContext.PARENT) || name.equals(TraceContext.STATE)));
  }

  /**
   * Adds what the server is to hear.
   *
   * @param attempt as {@link #newSpan} made it, or {@code ""}
   */
  public void addTo(HttpHeaders headers, String attempt) {
    if (!id.isEmpty()) {
      headers.add(idHeader(), id);
    }
    if (context != null) {
      headers.add(TraceContext.PARENT, context.parentLine(attempt));
      if (!context.state().isEmpty()) {
        headers.add(TraceContext.STATE, context.state());
      }
    }
  }
}
