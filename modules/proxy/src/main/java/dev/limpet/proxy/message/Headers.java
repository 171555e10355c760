package dev.limpet.proxy.message;

import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpProtocol;
import akka.http.javadsl.model.HttpProtocols;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.headers.RawRequestURI;
import dev.limpet.balancing.request.CookieHeader;
import dev.limpet.http.client.Client;
import dev.limpet.proxy.tracing.RequestMarks;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The rules by which request headers go on to a server. Hop-by-hop headers end here (RFC 9110,
 * 7.6.1), and framing is always our own, so nothing ambiguous reaches a server.
 */
public final class Headers {

  private static final Set<String> HOP_BY_HOP =
      Set.of(
          "connection",
          "keep-alive",
          "proxy-connection",
          "proxy-authorization",
          "te",
          "upgrade",
          "http2-settings");

  /** Headers that hold the request together stay, whatever a client calls hop-by-hop. */
  private static final Set<String> PROTECTED =
      Set.of("host", "content-length", "transfer-encoding");

  private Headers() {}

  /** The target as the client sent it; an absolute one loses its scheme and authority. */
  static String target(HttpRequest request) {
    String raw = rawTarget(request);
    if (raw.isEmpty() || raw.charAt(0) == '/' || raw.equals("*")) {
      return raw;
    }
    int path = raw.indexOf("://") + 3;
    while (path < raw.length() && raw.charAt(path) != '/' && raw.charAt(path) != '?') {
      path++;
    }
    String rest = raw.substring(path);
    if (rest.isEmpty() && request.method().equals(HttpMethods.OPTIONS)) {
      // RFC 9112, 3.2.4: so one asks for the server as a whole through a proxy.
      return "*";
    }
    return rest.startsWith("/") ? rest : "/" + rest;
  }

  private static String rawTarget(HttpRequest request) {
    for (HttpHeader header : request.getHeaders()) {
      if (header instanceof RawRequestURI target) {
        return target.uri();
      }
    }
    return request.getUri().getPathString();
  }

  /** The value of a request header, or null; {@code name} in lower case. */
  static @Nullable String find(HttpRequest request, String name) {
    for (HttpHeader header : request.getHeaders()) {
      if (header.is(name)) {
        return header.value();
      }
    }
    return null;
  }

  /** As {@link #find}, all of them in their order. */
  static List<String> findAll(HttpRequest request, String name) {
    List<String> values = List.of();
    for (HttpHeader header : request.getHeaders()) {
      if (!header.is(name)) {
        continue;
      }
      if (values.isEmpty()) {
        values = List.of(header.value());
      } else {
        values = new ArrayList<>(values);
        values.add(header.value());
      }
    }
    return values;
  }

  /** The protocol that the client asks to change to, or null. */
  public static @Nullable String upgrade(HttpRequest request) {
    List<String> lines = findAll(request, "upgrade");
    // RFC 9110, 7.8: HTTP/1.0 has no upgrades. HTTP/2 has them only as an extended CONNECT (RFC
    // 8441),
    // which has become such a request: from a client these lines are malformed (RFC 9113, 8.2.2).
    if (lines.isEmpty()
        || request.protocol().equals(HttpProtocols.HTTP_1_0)
        || !connectionOptions(request).contains("upgrade")) {
      return null;
    }
    String offers =
        lines.stream()
            .flatMap(line -> Arrays.stream(line.split(",", -1)))
            .map(String::strip)
            .filter(offer -> !offer.isEmpty() && !isOfThisHop(offer))
            .collect(Collectors.joining(", "));
    return offers.isEmpty() ? null : offers;
  }

  /**
   * Whether the protocol is between a client and its next hop, as HTTP itself and TLS (RFC 2817)
   * are: a server that took it up would speak past us, with requests that we never see.
   */
  private static boolean isOfThisHop(String offer) {
    int slash = offer.indexOf('/');
    String name = (slash < 0 ? offer : offer.substring(0, slash)).strip().toLowerCase(Locale.ROOT);
    // h2c-14 and the like were its drafts.
    return name.equals("http")
        || name.equals("tls")
        || name.equals("h2")
        || name.equals("h2c")
        || name.startsWith("h2-")
        || name.startsWith("h2c-");
  }

  /**
   * Copies a client's headers for a server, except for those about where it came from, and the
   * request's marks.
   *
   * @param hiddenCookie the name of cookies that stay here, if there are any
   */
  public static void copy(
      HttpRequest request,
      Client client,
      Forwarding forwarding,
      RequestMarks marks,
      String host,
      @Nullable String hiddenCookie,
      HttpHeaders to) {
    Set<String> named = connectionOptions(request);
    for (HttpHeader header : request.getHeaders()) {
      String name = header.lowercaseName();
      if (header.renderInRequests()
          && !HOP_BY_HOP.contains(name)
          && !forwarding.owns(name)
          && !marks.owns(name)
          && (!named.contains(name) || PROTECTED.contains(name))) {
        if (hiddenCookie == null || !name.equals("cookie")) {
          to.add(header.name(), header.value());
        } else {
          addCookies(to, header.name(), header.value(), hiddenCookie);
        }
      }
    }
    String upgrade = upgrade(request);
    if (upgrade != null) {
      to.set(HttpHeaderNames.CONNECTION, "Upgrade");
      to.set(HttpHeaderNames.UPGRADE, upgrade);
    }
    if (host.isEmpty() && !to.contains(HttpHeaderNames.HOST)) {
      // HTTP/1.0 has none, and HTTP/1.1 must have one.
      InetSocketAddress asked = client.connection().local();
      to.add("Host", NetUtil.toSocketAddressString(asked));
    }
  }

  private static void addCookies(HttpHeaders to, String name, String cookies, String hidden) {
    String left = CookieHeader.without(cookies, hidden);
    if (!left.isEmpty() || cookies.isEmpty()) {
      to.add(name, left);
    }
  }

  public static boolean isHttp2(HttpRequest request) {
    HttpProtocol protocol = request.protocol();
    return !protocol.equals(HttpProtocols.HTTP_1_1) && !protocol.equals(HttpProtocols.HTTP_1_0);
  }

  private static Set<String> connectionOptions(HttpRequest request) {
    Set<String> options = Set.of();
    for (HttpHeader header : request.getHeaders()) {
      if (header.is("connection") && !header.value().equalsIgnoreCase("keep-alive")) {
        options = new HashSet<>(options);
        for (String option : header.value().split(",", -1)) {
          options.add(option.strip().toLowerCase(Locale.ROOT));
        }
      }
    }
    return options;
  }
}
