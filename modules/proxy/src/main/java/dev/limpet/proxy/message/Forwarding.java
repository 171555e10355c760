package dev.limpet.proxy.message;

import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpRequest;
import dev.limpet.http.client.Client;
import dev.limpet.model.net.Cidr;
import dev.limpet.model.net.Token;
import dev.limpet.model.settings.Settings.ForwardedHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The client of a request, and the header lines by which its server hears of it. It is the
 * connection's peer, unless that is a trusted proxy: then it is whom the proxy names. What anyone
 * else says of itself is not passed on.
 */
public final class Forwarding {

  private static final List<String> SECURE = List.of("https", "wss");
  private static final List<String> PLAIN = List.of("http", "ws");

  private final boolean trusted;
  private final Set<String> untrusted;
  private final boolean peerSecure;
  private final String peer;
  private String address;
  private boolean secure;
  private @Nullable String chain;
  private @Nullable String proto;
  private @Nullable String originalHost;
  private @Nullable String forwarded;

  private Forwarding(Client client, boolean trusted) {
    this.trusted = trusted;
    untrusted = client.untrustedHeaders();
    peerSecure = client.secure();
    peer = NetUtil.toAddressString(client.remote().getAddress());
    address = peer;
    secure = peerSecure;
  }

  public static Forwarding of(Client client, HttpRequest request) {
    List<Cidr> proxies = client.trustedProxies();
    Forwarding forwarding = new Forwarding(client, contains(proxies, client.remote().getAddress()));
    if (forwarding.trusted) {
      forwarding.read(request);
      forwarding.believe(proxies);
    }
    return forwarding;
  }

  /** Whether a trusted proxy sends the request. */
  public boolean isFromProxy() {
    return trusted;
  }

  /** The client's address, IPv6 as RFC 5952 writes it. */
  public String address() {
    return address;
  }

  /** Whether the client came by TLS, here or at the proxy. */
  public boolean secure() {
    return secure;
  }

  String scheme() {
    return scheme(secure);
  }

  /**
   * Whether a header is about forwarding, so that {@link #addTo} or nobody sends it. Applications
   * that make variables of headers cannot tell {@code _} from {@code -}.
   */
  boolean owns(String lowercaseName) {
    String name = lowercaseName.indexOf('_') < 0 ? lowercaseName : lowercaseName.replace('_', '-');
    if (name.startsWith("x-forwarded-")) {
      return !trusted
          || name.equals("x-forwarded-for")
          || name.equals("x-forwarded-proto")
          || name.equals("x-forwarded-host");
    }
    return name.equals("forwarded") || (!trusted && untrusted.contains(name));
  }

  /**
   * Adds what the server is to hear.
   *
   * @param host the request's Host, or empty
   */
  public void addTo(HttpHeaders to, Set<ForwardedHeaders> kinds, String host) {
    if (kinds.contains(ForwardedHeaders.X_FORWARDED)) {
      to.add("X-Forwarded-For", append(chain, peer));
      to.add("X-Forwarded-Proto", scheme());
      String named = originalHost == null ? host : originalHost;
      if (!named.isEmpty()) {
        to.add("X-Forwarded-Host", named);
      }
    }
    if (kinds.contains(ForwardedHeaders.FORWARDED)) {
      String own = element(peer, scheme(peerSecure), host);
      String before = forwarded == null ? converted() : forwarded;
      to.add("Forwarded", append(before, own));
    }
  }

  private void read(HttpRequest request) {
    for (HttpHeader header : request.getHeaders()) {
      switch (header.lowercaseName()) {
        case "x-forwarded-for" -> chain = append(chain, header.value());
        case "x-forwarded-proto" -> proto = append(proto, header.value());
        case "x-forwarded-host" -> originalHost = header.value();
        case "forwarded" -> forwarded = append(forwarded, header.value());
        default -> {}
      }
    }
  }

  /**
   * Walks X-Forwarded-For from the right, past trusted proxies. An entry that is no address ends
   * the walk: who wrote what stands left of it is not known.
   */
  private void believe(List<Cidr> proxies) {
    String scheme = proto == null ? "" : lastOf(proto).toLowerCase(Locale.ROOT);
    secure = SECURE.contains(scheme) || (peerSecure && !PLAIN.contains(scheme));
    String[] entries = chain == null ? new String[0] : chain.split(",", -1);
    for (int i = entries.length - 1; i >= 0; i--) {
      String entry = entries[i].strip();
      if (entry.isEmpty()) {
        continue;
      }
      InetAddress hop = parse(entry);
      if (hop == null) {
        return;
      }
      address = NetUtil.toAddressString(hop);
      if (!contains(proxies, hop)) {
        return;
      }
    }
  }

  /**
   * The words of a proxy that knows X-Forwarded-For only, put in those of RFC 7239, section 7.4.
   */
  private @Nullable String converted() {
    if (chain == null) {
      return null;
    }
    String elements = null;
    for (String entry : chain.split(",", -1)) {
      if (!entry.isBlank()) {
        InetAddress hop = parse(entry.strip());
        String node = hop == null ? "unknown" : NetUtil.toAddressString(hop);
        boolean first = elements == null;
        elements =
            append(
                elements,
                element(
                    node,
                    first && proto != null ? scheme() : "",
                    first && originalHost != null ? originalHost : ""));
      }
    }
    return elements;
  }

  private static String element(String node, String scheme, String host) {
    StringBuilder element = new StringBuilder("for=");
    element.append(node.indexOf(':') < 0 ? node : "\"[" + node + "]\"");
    if (!host.isEmpty()) {
      element.append(";host=").append(Token.isToken(host) ? host : quoted(host));
    }
    if (!scheme.isEmpty()) {
      element.append(";proto=").append(scheme);
    }
    return element.toString();
  }

  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  /** {@code 192.0.2.1}, {@code 192.0.2.1:80}, {@code 2001:db8::1} or {@code [2001:db8::1]:80}. */
  private static @Nullable InetAddress parse(String entry) {
    String literal = entry;
    int colon = entry.indexOf(':');
    if (entry.charAt(0) == '[') {
      int close = entry.indexOf(']');
      if (close < 0 || !isPort(entry.substring(close + 1))) {
        return null;
      }
      literal = entry.substring(1, close);
    } else if (colon >= 0 && colon == entry.lastIndexOf(':')) {
      if (!isPort(entry.substring(colon))) {
        return null;
      }
      literal = entry.substring(0, colon);
    }
    byte[] bytes =
        literal.indexOf('%') >= 0 ? null : NetUtil.createByteArrayFromIpAddressString(literal);
    try {
      return bytes == null ? null : InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new AssertionError("4 or 16 bytes are an address", e);
    }
  }

  /** Nothing, or a colon and digits. */
  private static boolean isPort(String text) {
    return text.isEmpty()
        || (text.length() > 1
            && text.charAt(0) == ':'
            && text.chars().skip(1).allMatch(c -> c >= '0' && c <= '9'));
  }

  private static boolean contains(List<Cidr> blocks, InetAddress address) {
    for (Cidr block : blocks) {
      if (block.contains(address)) {
        return true;
      }
    }
    return false;
  }

  private static String lastOf(String list) {
    return list.substring(list.lastIndexOf(',') + 1).strip();
  }

  private static String append(@Nullable String list, String last) {
    return list == null ? last : list + ", " + last;
  }

  private static String scheme(boolean secure) {
    return secure ? "https" : "http";
  }
}
