package dev.limpet.balancing;

import dev.limpet.model.Settings;
import org.jspecify.annotations.Nullable;

/** Cookie and Set-Cookie headers (RFC 6265). */
public final class CookieHeader {

  private CookieHeader() {}

  /**
   * The first cookie of that name in the value of a Cookie header, without the quotes and the spaces
   * around it. A semicolon ends a value even between quotes, as in RFC 6265 section 5.2.
   *
   * @return null if there is none
   */
  public static @Nullable String find(String cookieHeader, String name) {
    int length = cookieHeader.length();
    int start = 0;
    while (start < length) {
      int semicolon = cookieHeader.indexOf(';', start);
      int end = semicolon < 0 ? length : semicolon;
      int at = skipSpace(cookieHeader, start, end);
      if (cookieHeader.startsWith(name, at)) {
        int equals = skipSpace(cookieHeader, at + name.length(), end);
        if (equals < end && cookieHeader.charAt(equals) == '=') {
          return value(cookieHeader, equals + 1, end);
        }
      }
      start = end + 1;
    }
    return null;
  }

  /**
   * The value of a Set-Cookie header.
   *
   * @param secureConnection whether the client came by TLS
   */
  public static String setCookie(
      Settings.Cookie settings, String value, boolean secureConnection) {
    StringBuilder text = new StringBuilder(192);
    text.append(settings.name()).append('=').append(value);
    text.append("; Max-Age=").append(settings.ttl().toSeconds());
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

  private static boolean isSecure(Settings.Cookie settings, boolean secureConnection) {
    // Browsers drop a cookie with SameSite=None that is not Secure.
    return settings.sameSite() == Settings.SameSite.NONE
        || switch (settings.secure()) {
          case ON -> true;
          case OFF -> false;
          case AUTO -> secureConnection;
        };
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
