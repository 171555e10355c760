package dev.limpet.proxy.message;

import akka.NotUsed;
import akka.http.javadsl.model.DateTime;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpEntity;
import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.ResponseEntity;
import akka.http.javadsl.model.StatusCode;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.model.headers.Date;
import akka.http.javadsl.model.headers.RetryAfter;
import akka.http.scaladsl.model.ContentTypes$;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import dev.limpet.http.client.Refusals;
import dev.limpet.http.message.Bodies;
import dev.limpet.http.message.WireHeader;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.settings.route.Action;
import dev.limpet.proxy.failure.Failure;
import dev.limpet.proxy.tracing.RequestMarks;
import dev.limpet.proxy.upstream.ResponseBodyStage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Responses as the client gets them: a server's, without its hop-by-hop headers, or our own. */
public final class Responses {

  private static final Set<String> HOP_BY_HOP =
      Set.of(
          "connection",
          "keep-alive",
          "proxy-connection",
          "te",
          "transfer-encoding",
          "content-length",
          "upgrade");

  private static final Set<String> FRAMING = Set.of("content-length", "transfer-encoding");

  /** Beside what else there is to say of the connection: the header is a list. */
  private static final HttpHeader UPGRADE_OPTION = new WireHeader("Connection", "upgrade");

  private static final String STRICT_TRANSPORT = "Strict-Transport-Security";

  private static final akka.http.scaladsl.model.ContentType NO_CONTENT_TYPE =
      ContentTypes$.MODULE$.NoContentType();

  private static volatile DatedHeader lastDate = new DatedHeader("", Optional.empty());

  private Responses() {}

  /** A response whose body arrived whole. */
  public static HttpResponse whole(
      HttpRequest request,
      io.netty.handler.codec.http.HttpResponse head,
      ByteString body,
      HttpHeaders trailers,
      List<HttpHeader> added) {
    int status = head.status().code();
    boolean headOnly = request.method().equals(HttpMethods.HEAD) || status == 304;
    // Over HTTP/2 nothing needs to be said of a body that is none; a server may have done so.
    boolean saysNone = Headers.isHttp2(request) && body.isEmpty() && status != 204;
    List<HttpHeader> headers =
        headers(head.headers(), added, headOnly || saysNone, maySayUpgrade(request, head));
    ResponseEntity entity =
        trailers.isEmpty()
            ? HttpEntities.create(NO_CONTENT_TYPE, body)
            : chunked(Source.from(parts(body)), () -> trailers);
    return response(head, headers, entity);
  }

  /** A response whose body is under way. */
  public static HttpResponse streamed(
      HttpRequest request,
      io.netty.handler.codec.http.HttpResponse head,
      Source<ByteString, NotUsed> body,
      Supplier<HttpHeaders> trailers,
      List<HttpHeader> added) {
    List<HttpHeader> headers = headers(head.headers(), added, false, maySayUpgrade(request, head));
    OptionalLong length = contentLength(head.headers());
    ResponseEntity entity =
        length.isPresent() && length.getAsLong() > 0
            ? HttpEntities.create(NO_CONTENT_TYPE, length.getAsLong(), body)
            : chunked(body, trailers);
    return response(head, headers, entity);
  }

  private static List<ByteString> parts(ByteString body) {
    return body.isEmpty()
        ? List.of(ResponseBodyStage.TRAILERS)
        : List.of(body, ResponseBodyStage.TRAILERS);
  }

  private static ResponseEntity chunked(
      Source<ByteString, NotUsed> body, Supplier<HttpHeaders> trailers) {
    Source<HttpEntity.ChunkStreamPart, NotUsed> parts =
        body.map(
            bytes ->
                bytes.isEmpty()
                    ? HttpEntity.ChunkStreamPart.createLast("", Trailers.of(trailers.get()))
                    : HttpEntity.ChunkStreamPart.create(bytes));
    return Bodies.chunked(parts);
  }

  /** The header lines of an interim response as it goes out: without the hop-by-hop ones. */
  public static List<HttpHeader> interim(io.netty.handler.codec.http.HttpResponse head) {
    return headers(head.headers(), List.of(), false, false);
  }

  /** A 101 as it goes out: the server's own, and what we add. */
  public static ByteBuf upgraded(
      io.netty.handler.codec.http.HttpResponse head, List<HttpHeader> added) {
    StringBuilder text = new StringBuilder(256);
    text.append("HTTP/1.1 101 ").append(head.status().reasonPhrase()).append("\r\n");
    head.headers()
        .forEach(
            line -> {
              // What follows is no body (RFC 9110, 8.6; RFC 9112, 6.1).
              if (!FRAMING.contains(line.getKey().toLowerCase(Locale.ROOT))) {
                text.append(line.getKey()).append(": ").append(line.getValue()).append("\r\n");
              }
            });
    added.forEach(
        line -> text.append(line.name()).append(": ").append(line.value()).append("\r\n"));
    return Unpooled.copiedBuffer(text.append("\r\n"), StandardCharsets.ISO_8859_1);
  }

  /** The response that stands for a 101 where a stream becomes a tunnel (RFC 8441, 5.1). */
  public static HttpResponse tunnelled(
      io.netty.handler.codec.http.HttpResponse head, List<HttpHeader> added) {
    head.headers().remove(HttpHeaderNames.SEC_WEBSOCKET_ACCEPT);
    return HttpResponse.create().withHeaders(headers(head.headers(), added, false, false));
  }

  /** What a client gets who tells of it can be found in the logs by the request's id. */
  public static HttpResponse failure(Failure failure, RequestMarks marks) {
    String said = failure.message();
    if (!marks.id().isEmpty()) {
      said += "\nrequest id: " + marks.id();
    }
    HttpResponse response = Refusals.response(ownStatus(failure.status()), said);
    if (!marks.id().isEmpty()) {
      response = response.addHeader(new WireHeader(marks.idHeader(), marks.id()));
    }
    return failure.status() == 503 ? response.addHeader(RetryAfter.create(1L)) : response;
  }

  /** A response of our own, all of it here, with its head changed as a server's would be. */
  static HttpResponse changed(
      HttpResponse own, UnaryOperator<io.netty.handler.codec.http.HttpResponse> change) {
    HttpEntity.Strict entity = (HttpEntity.Strict) own.entity();
    HttpHeaders lines = new DefaultHttpHeaders();
    if (!entity.getContentType().equals(NO_CONTENT_TYPE)) {
      lines.add(HttpHeaderNames.CONTENT_TYPE, entity.getContentType().toString());
    }
    own.getHeaders().forEach(line -> lines.add(line.name(), line.value()));
    var head =
        new DefaultHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(own.status().intValue()), lines);
    return own.withHeaders(headers(change.apply(head).headers(), List.of(), true, false))
        .withEntity(HttpEntities.create(NO_CONTENT_TYPE, entity.getData()));
  }

  /**
   * @param headOnly for a client that asks for the head, which says how long the body would be
   */
  static HttpResponse fixed(Action.Respond response, boolean headOnly) {
    HttpResponse made = HttpResponse.create().withStatus(ownStatus(response.status()));
    if (response.body().isEmpty()) {
      return made;
    }
    ByteString body = ByteString.fromString(response.body());
    HttpResponse typed = made.addHeader(new WireHeader("Content-Type", response.contentType()));
    return headOnly
        ? typed.addHeader(new WireHeader("Content-Length", String.valueOf(body.size())))
        : typed.withEntity(HttpEntities.create(NO_CONTENT_TYPE, body));
  }

  static HttpResponse redirect(int status, String location) {
    StatusCode code = ownStatus(status);
    return Refusals.response(code, code.reason()).addHeader(new WireHeader("Location", location));
  }

  /** The listener's Strict-Transport-Security as a header, or null where there is none. */
  public static @Nullable HttpHeader strictTransport(Settings.Listener listener) {
    Settings.Hsts hsts = listener.tls().map(Settings.Tls::hsts).orElse(null);
    if (hsts == null || hsts.maxAge().isZero()) {
      return null;
    }
    return new WireHeader(
        STRICT_TRANSPORT,
        "max-age="
            + hsts.maxAge().toSeconds()
            + (hsts.includeSubdomains() ? "; includeSubDomains" : "")
            + (hsts.preload() ? "; preload" : ""));
  }

  /** With the listener's header in the place of the server's. */
  public static HttpResponse secured(HttpResponse response, @Nullable HttpHeader strictTransport) {
    return strictTransport == null
        ? response
        : response.removeHeader(STRICT_TRANSPORT).addHeader(strictTransport);
  }

  public static HttpHeader setCookie(String value) {
    return new WireHeader("Set-Cookie", value);
  }

  private static HttpResponse response(
      io.netty.handler.codec.http.HttpResponse head,
      List<HttpHeader> headers,
      ResponseEntity entity) {
    StatusCode status = status(head.status().code(), head.status().reasonPhrase());
    // A 205 may not have a body, and some servers send one (RFC 9110, 15.3.6).
    ResponseEntity allowed = status.allowsEntity() ? entity : HttpEntities.EMPTY;
    return HttpResponse.create().withStatus(status).withHeaders(headers).withEntity(allowed);
  }

  private static StatusCode ownStatus(int code) {
    return StatusCodes.lookup(code)
        .orElseGet(() -> StatusCodes.custom(code, "", "", code < 400, true));
  }

  private static StatusCode status(int code, String reason) {
    StatusCode known = StatusCodes.lookup(code).orElse(null);
    if (known != null && known.reason().equals(reason)) {
      return known;
    }
    WireHeader.check("reason", reason);
    boolean allowsEntity = known == null || known.allowsEntity();
    return StatusCodes.custom(code, reason, reason, code < 400, allowsEntity);
  }

  private static List<HttpHeader> headers(
      HttpHeaders from, List<HttpHeader> added, boolean keepLength, boolean keepUpgrade) {
    checkCoding(from);
    List<HttpHeader> headers = new ArrayList<>(from.size() + added.size() + 2);
    Set<String> named = connectionOptions(from.getAll(HttpHeaderNames.CONNECTION));
    Iterator<Map.Entry<String, String>> lines = from.iteratorAsString();
    while (lines.hasNext()) {
      Map.Entry<String, String> line = lines.next();
      String name = line.getKey().toLowerCase(Locale.ROOT);
      if (name.equals("date")) {
        date(line.getValue()).ifPresent(headers::add);
        continue;
      }
      boolean endToEnd = !HOP_BY_HOP.contains(name) && !named.contains(name);
      if (endToEnd || (keepLength && name.equals("content-length"))) {
        headers.add(new WireHeader(line.getKey(), line.getValue()));
      } else if (keepUpgrade && name.equals("upgrade")) {
        headers.add(new WireHeader(line.getKey(), line.getValue()));
        headers.add(UPGRADE_OPTION);
      }
    }
    headers.addAll(added);
    return headers;
  }

  /**
   * A 426 must name the protocol that it asks for (RFC 9110, 15.5.22); HTTP/2 has no such header.
   */
  private static boolean maySayUpgrade(
      HttpRequest request, io.netty.handler.codec.http.HttpResponse head) {
    return head.status().code() == 426 && !Headers.isHttp2(request);
  }

  private static Set<String> connectionOptions(List<String> lines) {
    Set<String> options = Set.of();
    for (String line : lines) {
      if (!line.equalsIgnoreCase("keep-alive") && !line.equalsIgnoreCase("close")) {
        options = new HashSet<>(options);
        for (String option : line.split(",", -1)) {
          options.add(option.strip().toLowerCase(Locale.ROOT));
        }
      }
    }
    return options;
  }

  /** How long a body with another coding than chunked is, recipients do not agree on. */
  private static void checkCoding(HttpHeaders from) {
    String coding = from.get(HttpHeaderNames.TRANSFER_ENCODING);
    if (coding != null && !coding.strip().equalsIgnoreCase("chunked")) {
      throw new IllegalArgumentException("unknown transfer coding: " + coding);
    }
  }

  private static OptionalLong contentLength(HttpHeaders headers) {
    String length = headers.get(HttpHeaderNames.CONTENT_LENGTH);
    return length == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(length.strip()));
  }

  /** Akka HTTP adds a Date of its own unless the header is its own class. Servers' dates repeat. */
  private static Optional<HttpHeader> date(String value) {
    DatedHeader last = lastDate;
    if (!last.text().equals(value)) {
      last = new DatedHeader(value, parseDate(value));
      lastDate = last;
    }
    return last.header();
  }

  private static Optional<HttpHeader> parseDate(String value) {
    try {
      ZonedDateTime time = ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME);
      return Optional.of(Date.create(DateTime.create(time.toInstant().toEpochMilli())));
    } catch (DateTimeParseException | IllegalArgumentException e) {
      // Not a date, or none that Akka HTTP knows (1800 to 2199): its own goes out instead.
      return Optional.empty();
    }
  }

  private record DatedHeader(String text, Optional<HttpHeader> header) {}
}
