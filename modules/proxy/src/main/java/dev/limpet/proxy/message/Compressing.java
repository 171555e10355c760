package dev.limpet.proxy.message;

import akka.NotUsed;
import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpProtocols;
import akka.http.javadsl.model.HttpRequest;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import dev.limpet.content.coding.AcceptEncoding;
import dev.limpet.content.coding.Encoder;
import dev.limpet.model.settings.route.Compression;
import dev.limpet.model.settings.route.Compression.Encoding;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Compresses the body of a server's response on its way to the client, where the route asks for it,
 * the client takes it, and nobody forbids it.
 */
public final class Compressing {

  /** What is said of the bytes themselves, which would be others then (RFC 9530, RFC 3230). */
  private static final List<String> DIGESTS =
      List.of("content-digest", "repr-digest", "digest", "content-md5", "signature");

  private static final Set<Integer> WITHOUT_BODY_OR_WITH_PART_OF_IT = Set.of(204, 205, 206, 304);

  private final Encoding encoding;

  /** Bytes of a body under way that have gone out. */
  private long sent;

  private Compressing(Encoding encoding) {
    this.encoding = encoding;
  }

  /**
   * Decides, and changes the head for it.
   *
   * @param wholeLength how long the body is that is here as a whole; negative for one that is to
   *     come
   * @return null where the body goes out as it is
   */
  public static @Nullable Compressing of(
      @Nullable Compression settings, HttpRequest request, HttpResponse head, long wholeLength) {
    boolean headOnly = request.method().equals(HttpMethods.HEAD);
    if (settings == null || !isWorthIt(settings, head, headOnly ? -1 : wholeLength)) {
      return null;
    }
    HttpHeaders headers = head.headers();
    vary(headers);
    Encoding encoding = !headOnly && mayBe(request) ? choose(settings, request) : null;
    if (encoding == null) {
      return null;
    }
    headers.set("Content-Encoding", encoding.name().toLowerCase(Locale.ROOT));
    headers.remove(HttpHeaderNames.CONTENT_LENGTH);
    headers.remove(HttpHeaderNames.ACCEPT_RANGES);
    String tag = headers.get(HttpHeaderNames.ETAG);
    if (tag != null && tag.startsWith("\"")) {
      // The same content in other bytes (RFC 9110, 8.8.1).
      headers.set("ETag", "W/" + tag);
    }
    return new Compressing(encoding);
  }

  private static boolean isWorthIt(Compression settings, HttpResponse head, long wholeLength) {
    int status = head.status().code();
    HttpHeaders headers = head.headers();
    return status >= 200
        && !WITHOUT_BODY_OR_WITH_PART_OF_IT.contains(status)
        && isOneOf(settings.types(), headers.get(HttpHeaderNames.CONTENT_TYPE))
        && !headers.contains(HttpHeaderNames.CONTENT_ENCODING)
        && !headers.contains(HttpHeaderNames.CONTENT_RANGE)
        && DIGESTS.stream().noneMatch(headers::contains)
        && !forbids(headers.getAll(HttpHeaderNames.CACHE_CONTROL))
        && length(headers, wholeLength) >= settings.minSize();
  }

  private static long length(HttpHeaders headers, long wholeLength) {
    if (wholeLength >= 0) {
      return wholeLength;
    }
    String announced = headers.get(HttpHeaderNames.CONTENT_LENGTH);
    return announced == null ? Long.MAX_VALUE : Long.parseLong(announced.strip());
  }

  private static boolean isOneOf(Set<String> types, @Nullable String contentType) {
    if (contentType == null) {
      return false;
    }
    int semicolon = contentType.indexOf(';');
    String type =
        (semicolon < 0 ? contentType : contentType.substring(0, semicolon))
            .strip()
            .toLowerCase(Locale.ROOT);
    int slash = type.indexOf('/');
    return types.contains(type)
        || (slash > 0 && types.contains(type.substring(0, slash + 1) + "*"));
  }

  private static boolean forbids(List<String> cacheControl) {
    return cacheControl.stream()
        .anyMatch(line -> line.toLowerCase(Locale.ROOT).contains("no-transform"));
  }

  /** Whoever keeps the answer has to know that another client may get other bytes. */
  private static void vary(HttpHeaders headers) {
    boolean said =
        headers.getAll(HttpHeaderNames.VARY).stream()
            .flatMap(line -> List.of(line.split(",", -1)).stream())
            .map(String::strip)
            .anyMatch(name -> name.equals("*") || name.equalsIgnoreCase("accept-encoding"));
    if (!said) {
      headers.add("Vary", "Accept-Encoding");
    }
  }

  /** A body whose length is not known beforehand needs chunks, which HTTP/1.0 has not. */
  private static boolean mayBe(HttpRequest request) {
    return !request.protocol().equals(HttpProtocols.HTTP_1_0)
        && !forbids(lines(request, "cache-control"));
  }

  private static @Nullable Encoding choose(Compression settings, HttpRequest request) {
    return AcceptEncoding.choose(
        lines(request, "accept-encoding"),
        settings.encodings().stream().filter(Encoder::isAvailable).toList());
  }

  private static List<String> lines(HttpRequest request, String lowercaseName) {
    List<String> lines = new ArrayList<>(1);
    for (HttpHeader header : request.getHeaders()) {
      if (header.lowercaseName().equals(lowercaseName)) {
        lines.add(header.value());
      }
    }
    return lines;
  }

  public ByteString whole(ByteString body) {
    return ByteString.fromArrayUnsafe(Encoder.encodeWhole(encoding, body.toArrayUnsafe()));
  }

  /** The same for a body that is under way. */
  public Source<ByteString, NotUsed> stream(Source<ByteString, NotUsed> body) {
    return body.via(new EncodingStage(encoding))
        .map(
            piece -> {
              sent += piece.size();
              return piece;
            });
  }

  /** How many bytes have gone out by now, of a body that is under way. On the loop. */
  public long sent() {
    return sent;
  }
}
