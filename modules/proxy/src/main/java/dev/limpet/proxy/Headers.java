package dev.limpet.proxy;

import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpProtocol;
import akka.http.javadsl.model.HttpProtocols;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.headers.RawRequestURI;
import dev.limpet.proxy.akkahttp.Client;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which request headers go on to a server, and as what. Hop-by-hop headers end here (RFC 9110,
 * 7.6.1), and framing is always our own, so nothing ambiguous reaches a server.
 */
final class Headers {

  private static final Set<String> HOP_BY_HOP =
      Set.of(
          "connection",
          "keep-alive",
          "proxy-connection",
          "proxy-authorization",
          "te",
          "upgrade",
          "http2-settings");

  /** What holds the request together stays, whatever a client calls hop-by-hop. */
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

  /** The protocol that the client asks to change to, or null. */
  static @Nullable String upgrade(HttpRequest request) {
    String upgrade = find(request, "upgrade");
    // An upgrade to HTTP/2 is between a client and its next hop; a server that took it up would
    // speak past us with requests that we never see.
    if (upgrade == null || upgrade.equalsIgnoreCase("h2c")) {
      return null;
    }
    return connectionOptions(request).contains("upgrade") ? upgrade : null;
  }

  /** Copies a client's headers for a server, except for those about where it came from. */
  static void copy(
      HttpRequest request, Client client, Forwarding forwarding, String host, HttpHeaders to) {
    Set<String> named = connectionOptions(request);
    for (HttpHeader header : request.getHeaders()) {
      String name = header.lowercaseName();
      if (header.renderInRequests()
          && !HOP_BY_HOP.contains(name)
          && !forwarding.owns(name)
          && (!named.contains(name) || PROTECTED.contains(name))) {
        to.add(header.name(), header.value());
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

  static boolean isHttp2(HttpRequest request) {
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
