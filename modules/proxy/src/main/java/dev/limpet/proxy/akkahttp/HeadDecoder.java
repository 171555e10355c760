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
import dev.limpet.proxy.hpack.HeaderBlocks;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes requests' heads of one connection's header blocks, by the rules of RFC 9113, 8.3. */
final class HeadDecoder {

  private final HeaderBlocks blocks;
  private final Settings.Limits limits;

  HeadDecoder(Settings.Limits limits) {
    this.limits = limits;
    this.blocks = new HeaderBlocks(limits.maxHeadSize(), limits.maxHeaderCount());
  }

  Http2Head request(int stream, ByteString block) throws MalformedHead {
    List<HeaderBlocks.Line> lines = decode(stream, block);
    return lines == null
        ? refused(StatusCodes.REQUEST_HEADER_FIELDS_TOO_LARGE)
        : new Reader().read(lines);
  }

  void trailers(int stream, ByteString block) throws MalformedHead {
    List<HeaderBlocks.Line> lines = decode(stream, block);
    if (lines == null || lines.stream().anyMatch(line -> line.name().charAt(0) == ':')) {
      throw malformed("trailers that are none");
    }
  }

  /** Null: they are too large. */
  private @Nullable List<HeaderBlocks.Line> decode(int stream, ByteString block)
      throws MalformedHead {
    return switch (blocks.decode(stream, block.asByteBuffer())) {
      case HeaderBlocks.Lines decoded -> decoded.lines();
      case HeaderBlocks.TooLarge tooLarge -> null;
      case HeaderBlocks.Malformed malformed -> throw malformed("a name or value that is none");
      case HeaderBlocks.Broken broken ->
          throw new MalformedHead("no header block", Http2Error.of(broken.error()), true);
    };
  }

  private static Http2Head refused(StatusCode status) {
    return new Http2Head(HttpMethods.GET, List.of(), null, -1, status);
  }

  private static MalformedHead malformed(String what) {
    return new MalformedHead(what, Http2Error.PROTOCOL_ERROR, false);
  }

  /** One head. */
  private final class Reader {

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

    Http2Head read(List<HeaderBlocks.Line> headers) throws MalformedHead {
      if (headers.size() > limits.maxHeaderCount()) {
        return refused(StatusCodes.REQUEST_HEADER_FIELDS_TOO_LARGE);
      }
      for (HeaderBlocks.Line line : headers) {
        if (line.value().length() > limits.maxHeaderSize() && !line.name().equals(":path")) {
          return refused(StatusCodes.REQUEST_HEADER_FIELDS_TOO_LARGE);
        }
        take(line.name(), line.value());
      }
      return finish();
    }

    private void take(String name, String value) throws MalformedHead {
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
            throw malformed("unknown " + name);
          }
          lines.add(RawHeader.create(name, value));
        }
      }
    }

    private Http2Head finish() throws MalformedHead {
      if (method == null || scheme == null || path == null || path.isEmpty()) {
        throw malformed("a pseudo-header is missing");
      }
      HttpMethod known = HttpMethods.lookup(method).orElse(null);
      ContentType content = type == null ? null : ContentTypes.parse(type);
      if (known == null) {
        refusal = StatusCodes.NOT_IMPLEMENTED;
      } else if (path.length() > limits.maxTargetSize()) {
        refusal = StatusCodes.URI_TOO_LONG;
      } else if (!isTarget(path)
          || (host != null && authority != null && !host.equalsIgnoreCase(authority))) {
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

    private String once(@Nullable String before, String value) throws MalformedHead {
      if (before != null) {
        throw malformed("twice the same header");
      }
      return value;
    }

    private void length(String value) throws MalformedHead {
      long number;
      try {
        number = Long.parseUnsignedLong(value);
      } catch (NumberFormatException e) {
        number = -1;
      }
      boolean digits = value.chars().allMatch(c -> c >= '0' && c <= '9');
      if (!digits || number < 0 || (length >= 0 && length != number)) {
        throw malformed("a content-length that is none");
      }
      length = number;
    }

    /** What may stand in a request line without breaking it. */
    private static boolean isTarget(String path) {
      for (int i = 0; i < path.length(); i++) {
        char c = path.charAt(i);
        if (c <= ' ' || c == 0x7f) {
          return false;
        }
      }
      return path.charAt(0) == '/' || path.equals("*");
    }
  }
}
