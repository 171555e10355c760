package dev.limpet.http.message;

import org.jspecify.annotations.Nullable;

/**
 * An authority, which says whom a request is for: the value of Host and {@code :authority}, and
 * what stands behind {@code http://} in an absolute target (RFC 3986, 3.2; RFC 9110, 4.2 and 7.2).
 *
 * <p>Refused beside what the grammar does: an empty host, empty labels of a name but for the root
 * behind the last dot, ports above 65535, and commas, with which somebody may have joined two
 * hosts.
 */
public final class Authority {

  private static final int MAX_PORT = 65_535;

  /** No port is named: there is none, or nothing behind the colon. */
  public static final int NO_PORT = -1;

  private static final int NOT_A_PORT = -2;

  /** The characters of names, without the percent sign of escapes (RFC 3986, 3.2.2). */
  private static final boolean[] NAME = charSet("-._~!$&'()*+;=");

  private static final boolean[] USER_INFO = charSet("-._~!$&'()*+;=,:");
  private static final boolean[] FUTURE_ADDRESS = USER_INFO;

  private final String text;
  private final int hostStart;
  private final int hostEnd;
  private final int port;

  private Authority(String text, int hostStart, int hostEnd, int port) {
    this.text = text;
    this.hostStart = hostStart;
    this.hostEnd = hostEnd;
    this.port = port;
  }

  /**
   * @param text one char for each byte
   * @return null unless it is well-formed
   */
  public static @Nullable Authority parse(String text) {
    int hostStart = text.indexOf('@') + 1;
    if (hostStart > 0 && !consistsOf(USER_INFO, text, 0, hostStart - 1)) {
      return null;
    }
    int hostEnd = hostStart;
    if (text.startsWith("[", hostStart)) {
      hostEnd = text.indexOf(']', hostStart) + 1;
      if (hostEnd == 0 || !isAddress(text.substring(hostStart + 1, hostEnd - 1))) {
        return null;
      }
    } else {
      int colon = text.indexOf(':', hostStart);
      hostEnd = colon < 0 ? text.length() : colon;
      if (!isName(text, hostStart, hostEnd)) {
        return null;
      }
    }
    int port = port(text, hostEnd);
    return port == NOT_A_PORT ? null : new Authority(text, hostStart, hostEnd, port);
  }

  /** Whether it may stand in Host and {@code :authority}, where nobody is named before the host. */
  public static boolean isHost(String text) {
    Authority parsed = parse(text);
    return parsed != null && !parsed.hasUserInfo();
  }

  boolean hasUserInfo() {
    return hostStart > 0;
  }

  /** As it was written, an address of IPv6 in its brackets. */
  public String host() {
    return text.substring(hostStart, hostEnd);
  }

  /** The port, or {@link #NO_PORT}. */
  public int port() {
    return port;
  }

  /** The value of Host for it: as it was written, without user information and an empty port. */
  String hostField() {
    int end = port == NO_PORT ? hostEnd : text.length();
    return text.substring(hostStart, end);
  }

  private static boolean isName(String text, int from, int end) {
    int label = from;
    for (int i = from; i < end; i++) {
      char c = text.charAt(i);
      if (c == '.') {
        if (i == label) {
          return false;
        }
        label = i + 1;
      }
    }
    return from < end && consistsOf(NAME, text, from, end);
  }

  private static boolean isAddress(String text) {
    if (text.startsWith("v") || text.startsWith("V")) {
      int dot = text.indexOf('.');
      return dot > 1
          && dot + 1 < text.length()
          && text.substring(1, dot).chars().allMatch(Authority::isHexDigit)
          && text.indexOf('%') < 0
          && consistsOf(FUTURE_ADDRESS, text, dot + 1, text.length());
    }
    return isIpv6(text);
  }

  /**
   * Without a zone, which is of no use to anybody but the host that it was written for (RFC 9844).
   */
  private static boolean isIpv6(String text) {
    boolean gap = text.startsWith("::");
    int groups = 0;
    int at = gap ? 2 : 0;
    while (at < text.length()) {
      int end = at;
      while (end < text.length() && isHexDigit(text.charAt(end))) {
        end++;
      }
      if (text.startsWith(".", end)) {
        return isIpv4(text.substring(at)) && isWhole(groups + 2, gap);
      }
      if (end == at || end - at > 4) {
        return false;
      }
      groups++;
      at = end + 1;
      if (end == text.length()) {
        return isWhole(groups, gap);
      }
      if (text.startsWith("::", end)) {
        if (gap) {
          return false;
        }
        gap = true;
        at++;
      } else if (text.charAt(end) != ':' || at == text.length()) {
        return false;
      }
    }
    return isWhole(groups, gap);
  }

  private static boolean isWhole(int groups, boolean gap) {
    return gap ? groups < 8 : groups == 8;
  }

  private static boolean isIpv4(String text) {
    String[] octets = text.split("[.]", -1);
    for (String octet : octets) {
      boolean number = octet.matches("0|[1-9][0-9]{0,2}");
      if (!number || Integer.parseInt(octet) > 255) {
        return false;
      }
    }
    return octets.length == 4;
  }

  /** The port behind the host, {@link #NO_PORT}, or {@link #NOT_A_PORT}. */
  private static int port(String text, int at) {
    if (at == text.length()) {
      return NO_PORT;
    }
    if (text.charAt(at) != ':') {
      return NOT_A_PORT;
    }
    int port = at + 1 == text.length() ? NO_PORT : 0;
    for (int i = at + 1; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9') {
        return NOT_A_PORT;
      }
      port = 10 * port + c - '0';
      if (port > MAX_PORT) {
        return NOT_A_PORT;
      }
    }
    return port;
  }

  private static boolean consistsOf(boolean[] allowed, String text, int from, int end) {
    for (int i = from; i < end; i++) {
      char c = text.charAt(i);
      if (c == '%') {
        if (i + 2 >= end || !isHexDigit(text.charAt(i + 1)) || !isHexDigit(text.charAt(i + 2))) {
          return false;
        }
        i += 2;
      } else if (c >= allowed.length || !allowed[c]) {
        return false;
      }
    }
    return true;
  }

  private static boolean isHexDigit(int c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  }

  private static boolean[] charSet(String others) {
    boolean[] set = new boolean[128];
    for (char c = 0; c < set.length; c++) {
      set[c] =
          (c >= '0' && c <= '9')
              || (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || others.indexOf(c) >= 0;
    }
    return set;
  }
}
