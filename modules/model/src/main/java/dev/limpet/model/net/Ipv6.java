package dev.limpet.model.net;

import java.net.Inet6Address;
import java.net.InetAddress;

/** IPv6 addresses as text. */
final class Ipv6 {

  private static final int GROUPS = 8;

  private Ipv6() {}

  /**
   * The one form of an address that RFC 5952 recommends; a zone behind it stays as it is.
   *
   * @throws IllegalArgumentException if the text is no IPv6 address
   */
  static String canonical(String text) {
    int percent = text.indexOf('%');
    String address = percent < 0 ? text : text.substring(0, percent);
    InetAddress parsed;
    try {
      parsed = Inet6Address.ofLiteral(address);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("\"" + text + "\" is not an IPv6 address", e);
    }
    // What Java gives for an address that holds one of IPv4.
    String canonical =
        parsed instanceof Inet6Address
            ? format(parsed.getAddress())
            : "::ffff:" + parsed.getHostAddress();
    return percent < 0 ? canonical : canonical + text.substring(percent);
  }

  private static String format(byte[] address) {
    int[] groups = new int[GROUPS];
    for (int i = 0; i < GROUPS; i++) {
      groups[i] = (address[2 * i] & 0xff) << 8 | (address[2 * i + 1] & 0xff);
    }
    // The first of the longest runs of zeros, if it is longer than one, becomes "::".
    int longest = 1;
    int start = -1;
    for (int i = 0; i < GROUPS; i++) {
      int length = zerosFrom(groups, i);
      if (length > longest) {
        longest = length;
        start = i;
      }
    }
    StringBuilder text = new StringBuilder(39);
    for (int i = 0; i < GROUPS; i++) {
      if (i == start) {
        text.append("::");
        i += longest - 1;
      } else {
        boolean follows = !text.isEmpty() && text.charAt(text.length() - 1) != ':';
        text.append(follows ? ":" : "").append(Integer.toHexString(groups[i]));
      }
    }
    return text.toString();
  }

  private static int zerosFrom(int[] groups, int start) {
    int end = start;
    while (end < GROUPS && groups[end] == 0) {
      end++;
    }
    return end - start;
  }
}
