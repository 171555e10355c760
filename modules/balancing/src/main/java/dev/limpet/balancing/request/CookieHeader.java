package dev.limpet.balancing.request;

import dev.limpet.model.settings.AffinityRule;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Cookie and Set-Cookie headers (RFC 6265). */
public final class CookieHeader {

  private CookieHeader() {}

  /**
   * Further cookies of one name in one request are not looked at. Browsers send one for each path.
   */
  private static final int MAX_VALUES = 16;

  /**
   * The first cookie of that name in the value of a Cookie header, without the quotes and the
   * spaces around it. A semicolon ends a value even between quotes, as in RFC 6265 section 5.2.
   *
   * @return null if there is none
   */
  public static @Nullable String find(String cookieHeader, String name) {
    int length = cookieHeader.length();
    int start = 0;
    while (start < length) {
      int end = endOfPair(cookieHeader, start);
      int value = valueStart(cookieHeader, start, end, name);
      if (value >= 0) {
        return value(cookieHeader, value, end);
      }
      start = end + 1;
    }
    return null;
  }

  /**
   * As {@link #find}, of several headers and several cookies; in their order, without empty ones.
   */
  public static List<String> values(List<String> cookieHeaders, String name) {
    List<String> values = List.of();
    for (String header : cookieHeaders) {
      int start = 0;
      while (start < header.length() && values.size() < MAX_VALUES) {
        int end = endOfPair(header, start);
        int value = valueStart(header, start, end, name);
        if (value >= 0) {
          values = with(values, value(header, value, end));
        }
        start = end + 1;
      }
    }
    return values;
  }

  private static List<String> with(List<String> values, String further) {
    if (further.isEmpty()) {
      return values;
    }
    if (values.isEmpty()) {
      return List.of(further);
    }
    List<String> more = new ArrayList<>(values);
    more.add(further);
    return more;
  }

  /**
   * The value of a Cookie header without the cookies of that name; the others keep their bytes.
   *
   * @return the same where there is none, and nothing where there is no other
   */
  public static String without(String cookieHeader, String name) {
    if (!cookieHeader.contains(name)) {
      return cookieHeader;
    }
    StringBuilder left = new StringBuilder(cookieHeader.length());
    boolean found = false;
    int start = 0;
    while (start < cookieHeader.length()) {
      int end = endOfPair(cookieHeader, start);
      if (valueStart(cookieHeader, start, end, name) >= 0) {
        found = true;
      } else if (left.isEmpty()) {
        left.append(cookieHeader, skipSpace(cookieHeader, start, end), end);
      } else {
        left.append(';').append(cookieHeader, start, end);
      }
      start = end + 1;
    }
    return found ? left.toString() : cookieHeader;
  }

  /** A value as other requests may have it without, or with, quotes around it. */
  public static String unquoted(String value) {
    return value(value, 0, value.length());
  }

  /**
   * The value of a Set-Cookie header.
   *
   * @param secureConnection whether the client came by TLS
   */
  public static String setCookie(
      AffinityRule.Cookie settings, String value, boolean secureConnection) {
    StringBuilder text = new StringBuilder(192);
    text.append(settings.name()).append('=').append(value);
    if (settings.lasting()) {
      text.append("; Max-Age=").append(settings.ttl().toSeconds());
    }
    text.append("; Path=").append(settings.path());
    if (!settings.domain().isEmpty()) {
      text.append("; Domain=").append(settings.domain());
    }
    text.append(
        switch (settings.sameSite()) {
          case LAX -> "; SameSite=Lax";
          case STRICT -> "; SameSite=Strict";
          case NONE -> "; SameSite=None";
        });
    if (isSecure(settings, secureConnection)) {
      text.append("; Secure");
    }
    if (settings.httpOnly()) {
      text.append("; HttpOnly");
    }
    return text.toString();
  }

  private static boolean isSecure(AffinityRule.Cookie settings, boolean secureConnection) {
    // Browsers drop a cookie with SameSite=None that is not Secure.
    return settings.sameSite() == AffinityRule.Cookie.SameSite.NONE
        || switch (settings.secure()) {
          case ON -> true;
          case OFF -> false;
          case AUTO -> secureConnection;
        };
  }

  private static int endOfPair(String header, int start) {
    int semicolon = header.indexOf(';', start);
    return semicolon < 0 ? header.length() : semicolon;
  }

  /** Where the value begins if the pair there has this name; else -1. */
  private static int valueStart(String header, int start, int end, String name) {
    int at = skipSpace(header, start, end);
    if (!header.startsWith(name, at)) {
      return -1;
    }
    int equals = skipSpace(header, at + name.length(), end);
    return equals < end && header.charAt(equals) == '=' ? equals + 1 : -1;
  }

  private static int skipSpace(String text, int from, int end) {
    int at = from;
    while (at < end && text.charAt(at) <= ' ') {
      at++;
    }
    return at;
  }

  private static String value(String text, int from, int to) {
    int start = skipSpace(text, from, to);
    int end = to;
    while (end > start && text.charAt(end - 1) <= ' ') {
      end--;
    }
    if (end - start >= 2 && text.charAt(start) == '"' && text.charAt(end - 1) == '"') {
      start++;
      end--;
    }
    return text.substring(start, end);
  }
}
