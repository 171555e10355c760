package dev.limpet.balancing.request;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Parameters in a request target. Names are compared as they stand there; values are decoded. */
public final class Target {

  private Target() {}

  /** The first of {@code ?name=value&…}, or null. */
  public static @Nullable String query(String target, String name) {
    int at = target.indexOf('?');
    while (at >= 0) {
      int end = target.indexOf('&', at + 1);
      String value = value(target, at + 1, end < 0 ? target.length() : end, name);
      if (value != null) {
        return value;
      }
      at = end;
    }
    return null;
  }

  /** The first of {@code /path;name=value} (RFC 3986, section 3.3), or null. */
  public static @Nullable String pathParameter(String target, String name) {
    int query = target.indexOf('?');
    int pathEnd = query < 0 ? target.length() : query;
    int at = target.indexOf(';');
    while (at >= 0 && at < pathEnd) {
      int end = at + 1;
      while (end < pathEnd && target.charAt(end) != ';' && target.charAt(end) != '/') {
        end++;
      }
      String value = value(target, at + 1, end, name);
      if (value != null) {
        return value;
      }
      at = target.indexOf(';', end);
    }
    return null;
  }

  /** A name without a value has an empty one. */
  private static @Nullable String value(String target, int from, int to, String name) {
    int end = from + name.length();
    if (end > to || !target.startsWith(name, from)) {
      return null;
    }
    if (end == to) {
      return "";
    }
    return target.charAt(end) == '=' ? decode(target.substring(end + 1, to)) : null;
  }

  /** Characters that are no escape stay as they are. */
  private static String decode(String text) {
    if (text.indexOf('%') < 0) {
      return text;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      int high = c == '%' && i + 2 < text.length() ? Character.digit(text.charAt(i + 1), 16) : -1;
      int low = high < 0 ? -1 : Character.digit(text.charAt(i + 2), 16);
      if (low >= 0) {
        bytes.write(high * 16 + low);
        i += 2;
      } else {
        bytes.write(c);
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
