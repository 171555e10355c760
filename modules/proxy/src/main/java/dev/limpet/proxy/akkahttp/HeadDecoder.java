package dev.limpet.proxy.akkahttp;

import akka.http.javadsl.model.ContentType;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpMethod;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.StatusCode;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.model.headers.RawHeader;
import akka.http.javadsl.model.headers.RawRequestURI;
import akka.util.ByteString;
import dev.limpet.model.Settings;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Exception.HeaderListSizeException;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Decodes the header blocks of one connection and holds them to RFC 9113, 8.2 and 8.3. Netty's HPACK
 * decoder is the strict one: Akka HTTP's takes names in capitals, broken Huffman codes and line
 * breaks in values.
 */
final class HeadDecoder {

  /** What HPACK counts for a header line beside its octets (RFC 7541, 4.1). */
  private static final int LINE_OVERHEAD = 32;

  private final DefaultHttp2HeadersDecoder hpack;
  private final Settings.Limits limits;

  HeadDecoder(Settings.Limits limits) {
    this.limits = limits;
    long most = limits.maxHeadSize() + (long) LINE_OVERHEAD * limits.maxHeaderCount();
    this.hpack = new DefaultHttp2HeadersDecoder(true, true, most);
  }

  /**
   * @throws Http2Exception if the request is malformed or the connection's state is lost
   */
  Http2Head request(int stream, ByteString block) throws Http2Exception {
    Http2Headers headers;
    try {
      headers = decode(stream, block);
    } catch (HeaderListSizeException tooLarge) {
      return refused(StatusCodes.REQUEST_HEADER_FIELDS_TOO_LARGE);
    }
    return new Reader(stream).read(headers);
  }

  void trailers(int stream, ByteString block) throws Http2Exception {
    for (Map.Entry<CharSequence, CharSequence> line : decode(stream, block)) {
      if (line.getKey().charAt(0) == ':') {
        throw malformed(stream, "a pseudo-header in trailers");
      }
    }
  }

  private Http2Headers decode(int stream, ByteString block) throws Http2Exception {
    return hpack.decodeHeaders(stream, Unpooled.wrappedBuffer(block.asByteBuffer()));
  }

  private static Http2Head refused(StatusCode status) {
    return new Http2Head(HttpMethods.GET, List.of(), null, -1, status);
  }

  private static Http2Exception malformed(int stream, String what) {
    return Http2Exception.streamError(stream, Http2Error.PROTOCOL_ERROR, "%s", what);
  }

  /** One head. */
  private final class Reader {

    private final int stream;
    private final List<HttpHeader> lines = new ArrayList<>();
    private @Nullable String method;
    private @Nullable String scheme;
    private @Nullable String path;
    private @Nullable String authority;
    private @Nullable String host;
    private @Nullable StringBuilder cookies;
    private @Nullable String type;
    private long length = -1;
    private @Nullable StatusCode refusal;

    Reader(int stream) {
      this.stream = stream;
    }

    Http2Head read(Http2Headers headers) throws Http2Exception {
      if (headers.size() > limits.maxHeaderCount()) {
        return refused(StatusCodes.REQUEST_HEADER_FIELDS_TOO_LARGE);
      }
      for (Map.Entry<CharSequence, CharSequence> line : headers) {
        String value = text(line.getValue());
        if (value.length() > limits.maxHeaderSize() && !":path".contentEquals(line.getKey())) {
          return refused(StatusCodes.REQUEST_HEADER_FIELDS_TOO_LARGE);
        }
        take(line.getKey().toString(), value);
      }
      return finish();
    }

    private void take(String name, String value) throws Http2Exception {
      switch (name) {
        case ":method" -> method = once(method, value);
        case ":scheme" -> scheme = once(scheme, value);
        case ":path" -> path = once(path, value);
        case ":authority" -> authority = once(authority, value);
        case "host" -> host = once(host, value);
        case "content-type" -> type = once(type, value);
        case "content-length" -> length(value);
        case "cookie" -> {
          // Clients split it for the sake of compression (RFC 9113, 8.2.3).
          cookies = cookies == null ? new StringBuilder() : cookies.append("; ");
          cookies.append(value);
        }
        default -> {
          if (name.charAt(0) == ':') {
            throw malformed(stream, "unknown " + name);
          }
          lines.add(RawHeader.create(name, value));
        }
      }
    }

    private Http2Head finish() throws Http2Exception {
      if (method == null || scheme == null || path == null || path.isEmpty()) {
        throw malformed(stream, "a pseudo-header is missing");
      }
      HttpMethod known = HttpMethods.lookup(method).orElse(null);
      ContentType content = type == null ? null : ContentTypes.parse(type);
      if (known == null) {
        refusal = StatusCodes.NOT_IMPLEMENTED;
      } else if (path.length() > limits.maxTargetSize()) {
        refusal = StatusCodes.URI_TOO_LONG;
      } else if (!isTarget(path) || (host != null && authority != null && !host.equalsIgnoreCase(authority))) {
        refusal = StatusCodes.BAD_REQUEST;
      }
      if (known == null || refusal != null) {
        return new Http2Head(HttpMethods.GET, List.of(), null, length, refusal);
      }
      lines.add(RawRequestURI.create(path));
      String named = authority == null ? host : authority;
      if (named != null) {
        lines.add(RawHeader.create("Host", named));
      }
      if (cookies != null) {
        lines.add(RawHeader.create("cookie", cookies.toString()));
      }
      return new Http2Head(known, lines, content, length, null);
    }

    private String once(@Nullable String before, String value) throws Http2Exception {
      if (before != null) {
        throw malformed(stream, "twice the same header");
      }
      return value;
    }

    private void length(String value) throws Http2Exception {
      long number;
      try {
        number = Long.parseUnsignedLong(value);
      } catch (NumberFormatException e) {
        number = -1;
      }
      boolean digits = value.chars().allMatch(c -> c >= '0' && c <= '9');
      if (!digits || number < 0 || (length >= 0 && length != number)) {
        throw malformed(stream, "a content-length that is none");
      }
      length = number;
    }

    /** The bytes are UTF-8 from here on, as Akka HTTP reads those of HTTP/1. */
    private static String text(CharSequence octets) {
      String latin = octets.toString();
      for (int i = 0; i < latin.length(); i++) {
        if (latin.charAt(i) >= 0x80) {
          return octets instanceof AsciiString ascii
              ? new String(
                  ascii.array(), ascii.arrayOffset(), ascii.length(), StandardCharsets.UTF_8)
              : latin;
        }
      }
      return latin;
    }

    /** What may stand in a request line without breaking it. */
    private static boolean isTarget(String path) {
      return (path.charAt(0) == '/' || path.equals("*"))
          && path.chars().allMatch(c -> c > ' ' && c != 0x7f);
    }
  }
}
