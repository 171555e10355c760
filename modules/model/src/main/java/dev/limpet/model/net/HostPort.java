package dev.limpet.model.net;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * A network address as an operator writes it, {@code host:port}; an IPv6 host stands in brackets.
 *
 * @param host a name or a literal address, without brackets; an IPv6 address in the one form of RFC
 *     5952, however it was written
 * @param port 0 to 65535; 0 asks the operating system for a free port and only makes sense to bind
 */
public record HostPort(String host, int port) {

  public HostPort {
    if (host.isEmpty()) {
      throw new IllegalArgumentException("the host is empty");
    }
    if (host.indexOf(':') >= 0) {
      host = Ipv6.canonical(host);
    }
    if (port < 0 || port > 65535) {
      throw new IllegalArgumentException("port " + port + " is not between 0 and 65535");
    }
  }

  /**
   * Reads {@code host:port} or {@code [ipv6]:port}.
   *
   * @throws IllegalArgumentException naming what is wrong with the text
   */
  public static HostPort parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon <= 0) {
      throw new IllegalArgumentException("\"" + text + "\" is not host:port");
    }
    String host = text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = Ipv6.canonical(host.substring(1, host.length() - 1));
    } else if (host.indexOf(':') >= 0) {
      throw new IllegalArgumentException("an IPv6 host needs brackets: \"" + text + "\"");
    }
    try {
      return new HostPort(host, Integer.parseInt(text.substring(colon + 1)));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "\"" + text.substring(colon + 1) + "\" is not a port number", e);
    }
  }

  /** Whether only this machine reaches it, as far as its words say: no name is looked up. */
  public boolean isLoopback() {
    return host.equals("localhost") || host.equals("::1") || host.matches("127[.][0-9.]+");
  }

  /** Whether the host is an address, not a name. */
  public boolean isLiteral() {
    return host.indexOf(':') >= 0 || host.matches("[0-9.]+");
  }

  /**
   * All addresses that the host has now, in the order in which to try them: IPv6 and IPv4 in turn
   * (RFC 8305, section 4), and each kind sorted, so that all nodes begin with the same. May block.
   *
   * @throws UnknownHostException where it has none
   */
  public List<InetSocketAddress> resolve() throws UnknownHostException {
    List<InetSocketAddress> v6 = new ArrayList<>();
    List<InetSocketAddress> v4 = new ArrayList<>();
    Arrays.stream(InetAddress.getAllByName(host))
        .distinct()
        .sorted(Comparator.comparing(InetAddress::getAddress, Arrays::compareUnsigned))
        .forEach(
            address ->
                (address instanceof Inet6Address ? v6 : v4)
                    .add(new InetSocketAddress(address, port)));
    List<InetSocketAddress> all = new ArrayList<>();
    for (int i = 0; i < Math.max(v6.size(), v4.size()); i++) {
      all.addAll(v6.subList(Math.min(i, v6.size()), Math.min(i + 1, v6.size())));
      all.addAll(v4.subList(Math.min(i, v4.size()), Math.min(i + 1, v4.size())));
    }
    return List.copyOf(all);
  }

  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
