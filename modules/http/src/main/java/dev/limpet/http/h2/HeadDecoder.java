package dev.limpet.http.h2;

import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.StatusCodes;
import akka.http.scaladsl.model.headers.RawHeader;
import akka.util.ByteString;
import dev.limpet.http.h2.frame.Http2Error;
import dev.limpet.http.hpack.HeaderBlocks;
import dev.limpet.http.message.Authority;
import dev.limpet.http.message.Framing;
import dev.limpet.http.message.HeaderLine;
import dev.limpet.http.message.Refused;
import dev.limpet.http.message.RequestHead;
import dev.limpet.http.message.WebSocketKey;
import dev.limpet.model.net.Token;
import dev.limpet.model.settings.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The decoder that makes requests' heads of one connection's header blocks. A block is held to the
 * rules of RFC 9113, 8; what it then means is for the same rules to say as with HTTP/1.1, which are
 * {@link Framing}'s.
 */
final class HeadDecoder {

  /** Clients may split a cookie where they like, and its parts count as one line here. */
  private static final int LEAST_OF_COOKIE = 8;

  private static final int HTTP_PORT = 80;
  private static final int HTTPS_PORT = 443;

  private final HeaderBlocks blocks;
  private final Settings.Limits limits;

  HeadDecoder(Settings.Limits limits) {
    this.limits = limits;
    this.blocks =
        new HeaderBlocks(
            limits.maxHeadSize(),
            limits.maxHeaderCount() + limits.maxHeaderSize() / LEAST_OF_COOKIE);
  }

  /**
   * @param bodiless whether nothing follows
   */
  RequestHead request(int stream, ByteString block, boolean bodiless) throws MalformedHead {
    List<HeaderBlocks.Line> lines = decode(stream, block);
    return lines == null
        ? Framing.refused("GET", StatusCodes.REQUEST_HEADER_FIELDS_TOO_LARGE)
        : new Reader(bodiless).read(lines);
  }

  List<HttpHeader> trailers(int stream, ByteString block) throws MalformedHead {
    List<HeaderBlocks.Line> lines = decode(stream, block);
    if (lines == null) {
      throw malformed("trailers that are too large");
    }
    List<HttpHeader> fields = new ArrayList<>(lines.size());
    for (HeaderBlocks.Line line : lines) {
      boolean frames = line.name().equals("content-length");
      if (frames || !Token.isToken(line.name()) || !HeaderLine.isValue(line.value())) {
        throw malformed("trailers that are none");
      }
      fields.add(new RawHeader(line.name(), line.value()));
    }
    return fields;
  }

  /** Null: they are too large. */
  private @Nullable List<HeaderBlocks.Line> decode(int stream, ByteString block)
      throws MalformedHead {
    return switch (blocks.decode(stream, block.asByteBuffer())) {
      case HeaderBlocks.Lines decoded -> decoded.lines();
      case HeaderBlocks.TooLarge _ -> null;
      case HeaderBlocks.Malformed _ -> throw malformed("a name or value that is none");
      case HeaderBlocks.Broken broken ->
          throw new MalformedHead("no header block", Http2Error.of(broken.error()), true);
    };
  }

  private static MalformedHead malformed(String what) {
    return new MalformedHead(what, Http2Error.PROTOCOL_ERROR, false);
  }

  /** One head. */
  private final class Reader {

    private final boolean bodiless;
    private final List<RawHeader> lines = new ArrayList<>();
    private @Nullable String method;
    private @Nullable String scheme;
    private @Nullable String path;
    private @Nullable String authority;
    private @Nullable String protocol;
    private @Nullable String host;
    private @Nullable StringBuilder cookies;
    private int cookiesAt;
    private boolean measured;

    Reader(boolean bodiless) {
      this.bodiless = bodiless;
    }

    RequestHead read(List<HeaderBlocks.Line> block) throws MalformedHead {
      for (HeaderBlocks.Line line : block) {
        take(line.name(), line.value());
      }
      checkPseudoHeaders();
      if (cookies != null) {
        lines.set(cookiesAt, new RawHeader("cookie", cookies.toString()));
      }
      try {
        return head();
      } catch (Refused e) {
        return Framing.refused(Objects.requireNonNull(method), e.status());
      }
    }

    private void take(String name, String value) throws MalformedHead {
      switch (name) {
        case ":method" -> method = once(method, value);
        case ":scheme" -> scheme = once(scheme, value);
        case ":path" -> path = once(path, value);
        case ":protocol" -> protocol = once(protocol, value);
        case ":authority" -> authority = once(authority, value);
        case "host" -> {
          host = once(host, value);
          lines.add(new RawHeader(name, value));
        }
        case "cookie" -> cookie(value);
        case "content-length" -> {
          checkLength(value);
          measured = true;
          lines.add(new RawHeader(name, value));
        }
        default -> {
          if (name.isEmpty() || name.charAt(0) == ':') {
            throw malformed("unknown " + name);
          }
          lines.add(new RawHeader(name, value));
        }
      }
    }

    /** Clients split it for the sake of compression (RFC 9113, 8.2.3). */
    private void cookie(String value) {
      if (cookies == null) {
        cookies = new StringBuilder(value);
        cookiesAt = lines.size();
        lines.add(new RawHeader("cookie", value));
      } else {
        cookies.append("; ").append(value);
      }
    }

    private void checkLength(String value) throws MalformedHead {
      boolean digits = value.chars().allMatch(c -> c >= '0' && c <= '9');
      if (value.isEmpty() || !digits || measured) {
        throw malformed("a content-length that is none");
      }
    }

    private void checkPseudoHeaders() throws MalformedHead {
      boolean connects = "CONNECT".equals(method);
      boolean right;
      if (connects && protocol == null) {
        // RFC 9113, 8.5.
        right = scheme == null && path == null;
      } else {
        boolean located = scheme != null && path != null && !path.isEmpty();
        // RFC 8441, 4.
        right = located && (protocol == null || connects);
      }
      if (method == null || !right) {
        throw malformed("a pseudo-header too few or too many");
      }
    }

    /** The head in the form of HTTP/1.1. */
    private RequestHead head() {
      boolean webSocket = "websocket".equalsIgnoreCase(protocol);
      checkLimits();
      String target = target(webSocket);
      Framing framing =
          new Framing(webSocket ? "GET" : Objects.requireNonNull(method), target, false);
      List<akka.http.scaladsl.model.HttpHeader> all = new ArrayList<>(lines.size() + 3);
      all.add(framing.rawTarget());
      if (authority != null) {
        if (host != null && !(Authority.isHost(host) && isSame(host, authority))) {
          throw new Refused(StatusCodes.BAD_REQUEST);
        }
        all.add(framing.accept(new RawHeader("Host", authority)));
      }
      for (RawHeader line : lines) {
        boolean ours = webSocket && line.is(WebSocketKey.NAME);
        if (!ours && (authority == null || !line.is("host"))) {
          all.add(framing.accept(line));
        }
      }
      if (webSocket) {
        all.add(framing.accept(new RawHeader("Connection", "Upgrade")));
        all.add(framing.accept(new RawHeader("Upgrade", "websocket")));
        all.add(WebSocketKey.create().header());
      } else if (!bodiless && !measured) {
        all.add(framing.accept(new RawHeader("Transfer-Encoding", "chunked")));
      }
      return framing.head(all.toArray(akka.http.scaladsl.model.HttpHeader[]::new));
    }

    private void checkLimits() {
      int size = 0;
      for (RawHeader line : lines) {
        if (line.name().length() > HeaderLine.MAX_NAME
            || line.value().length() > limits.maxHeaderSize()) {
          throw new Refused(StatusCodes.REQUEST_HEADER_FIELDS_TOO_LARGE);
        }
        if (!Token.isToken(line.name()) || !HeaderLine.isValue(line.value())) {
          throw new Refused(StatusCodes.BAD_REQUEST);
        }
        size += line.name().length() + line.value().length();
      }
      if (lines.size() > limits.maxHeaderCount() || size > limits.maxHeadSize()) {
        throw new Refused(StatusCodes.REQUEST_HEADER_FIELDS_TOO_LARGE);
      }
    }

    private String target(boolean webSocket) {
      if (!Token.isToken(Objects.requireNonNull(method))) {
        throw new Refused(StatusCodes.BAD_REQUEST);
      }
      if (method.length() > Framing.MAX_METHOD || (method.equals("CONNECT") && !webSocket)) {
        throw new Refused(StatusCodes.NOT_IMPLEMENTED);
      }
      String target = Objects.requireNonNull(path);
      if (target.length() > limits.maxTargetSize()) {
        throw new Refused(StatusCodes.URI_TOO_LONG);
      }
      boolean ours = "http".equalsIgnoreCase(scheme) || "https".equalsIgnoreCase(scheme);
      if (!ours || !isTarget(target) || (webSocket && measured)) {
        throw new Refused(StatusCodes.BAD_REQUEST);
      }
      return target;
    }

    /**
     * Whether both name the same host, which does not depend on case and on a port that goes
     * unsaid.
     */
    private boolean isSame(String one, String other) {
      Authority first = Authority.parse(one);
      Authority second = Authority.parse(other);
      return first != null
          && second != null
          && first.host().equalsIgnoreCase(second.host())
          && port(first) == port(second);
    }

    private int port(Authority authority) {
      int unsaid = "https".equalsIgnoreCase(scheme) ? HTTPS_PORT : HTTP_PORT;
      return authority.port() == Authority.NO_PORT ? unsaid : authority.port();
    }

    private String once(@Nullable String before, String value) throws MalformedHead {
      if (before != null) {
        throw malformed("twice the same header");
      }
      return value;
    }

    /** Whether it may stand in a request line without breaking it, and has no authority in it. */
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
