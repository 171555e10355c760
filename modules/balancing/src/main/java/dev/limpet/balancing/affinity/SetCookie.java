package dev.limpet.balancing.affinity;

import dev.limpet.balancing.request.CookieHeader;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A Set-Cookie header, read as RFC 6265 section 5.2 does. */
public final class SetCookie {

  private SetCookie() {}

  /**
   * The value that a client sends back from now on, without quotes and not decoded.
   *
   * @return null where it is another cookie, an empty one, or one that is deleted
   */
  public static @Nullable String value(String header, String name, Instant now) {
    int semicolon = header.indexOf(';');
    String pair = semicolon < 0 ? header : header.substring(0, semicolon);
    String value = CookieHeader.find(pair, name);
    if (value == null || value.isEmpty()) {
      return null;
    }
    return semicolon >= 0 && isOver(header.substring(semicolon + 1), now) ? null : value;
  }

  private static boolean isOver(String attributes, Instant now) {
    boolean expired = false;
    for (String attribute : attributes.split(";", -1)) {
      int equals = attribute.indexOf('=');
      String value = attribute.substring(equals + 1).strip();
      switch (attribute.substring(0, Math.max(equals, 0)).strip().toLowerCase(Locale.ROOT)) {
        case "max-age" -> {
          // It counts more than Expires.
          if (value.matches("-?[0-9]+")) {
            return value.matches("-.*|0+");
          }
        }
        case "expires" -> expired = isPast(value, now);
        default -> {}
      }
    }
    return expired;
  }

  private static boolean isPast(String date, Instant now) {
    try {
      // Netscape's dates have hyphens.
      Instant expires =
          Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(date.replace('-', ' ')));
      return !expires.isAfter(now);
    } catch (DateTimeException notADate) {
      return false;
    }
  }
}
