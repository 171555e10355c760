package dev.limpet.balancing.routing;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The path as routes see it: percent-decoded once, dot segments resolved, repeated slashes merged,
 * as nginx does. An escaped slash or dot counts as one.
 */
public final class PathNormalizer {

  private PathNormalizer() {}

  /**
   * @param rawPath a request target's path, without the query; empty means {@code /}, and the
   *     {@code *} of {@code OPTIONS *} stays as it is
   * @return null where an escape is broken or is a NUL, where the path leaves the root, and where
   *     it does not start with a slash
   */
  public static @Nullable String normalize(String rawPath) {
    if (rawPath.isEmpty()) {
      return "/";
    }
    if (rawPath.charAt(0) != '/') {
      return rawPath.equals("*") ? rawPath : null;
    }
    if (isNormal(rawPath)) {
      return rawPath;
    }
    String decoded = decode(rawPath);
    return decoded == null ? null : resolve(decoded);
  }

  /**
   * The same path as it goes to a server that must see what routes have seen: escapes stay, but for
   * those of slashes and of what needs none (RFC 3986, 6.2.2.2).
   *
   * @param rawPath one that can be normalised
   */
  public static String canonical(String rawPath) {
    if (isNormal(rawPath)) {
      return rawPath.isEmpty() ? "/" : rawPath;
    }
    StringBuilder plain = new StringBuilder(rawPath.length());
    for (int i = 0; i < rawPath.length(); i++) {
      char c = rawPath.charAt(i);
      if (c != '%') {
        plain.append(c);
        continue;
      }
      int value =
          Character.digit(rawPath.charAt(i + 1), 16) * 16
              + Character.digit(rawPath.charAt(i + 2), 16);
      if (value == '/' || isUnreserved(value)) {
        plain.append((char) value);
      } else {
        plain.append(rawPath, i, i + 3);
      }
      i += 2;
    }
    String resolved = resolve(plain.toString());
    if (resolved == null) {
      throw new IllegalArgumentException("leaves the root: " + rawPath);
    }
    return resolved;
  }

  /**
   * The path as servers see it that take what follows a semicolon, in each segment, for a
   * parameter.
   *
   * @param path normalised
   * @return null where it leaves the root then
   */
  public static @Nullable String withoutParameters(String path) {
    StringBuilder bare = new StringBuilder(path.length());
    boolean within = false;
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      within = c == ';' || (within && c != '/');
      if (!within) {
        bare.append(c);
      }
    }
    return resolve(bare.toString());
  }

  private static boolean isUnreserved(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '.'
        || c == '_'
        || c == '~';
  }

  private static boolean isNormal(String path) {
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if (c == '%') {
        return false;
      }
      if (c == '/' && i + 1 < path.length()) {
        char next = path.charAt(i + 1);
        if (next == '/' || next == '.') {
          return false;
        }
      }
    }
    return true;
  }

  private static @Nullable String decode(String path) {
    byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
    int length = 0;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] != '%') {
        bytes[length++] = bytes[i];
        continue;
      }
      int high = i + 2 < bytes.length ? Character.digit(bytes[i + 1], 16) : -1;
      int low = i + 2 < bytes.length ? Character.digit(bytes[i + 2], 16) : -1;
      int value = high * 16 + low;
      if (high < 0 || low < 0 || value == 0) {
        return null;
      }
      bytes[length++] = (byte) value;
      i += 2;
    }
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }

  private static @Nullable String resolve(String path) {
    StringBuilder resolved = new StringBuilder(path.length());
    int at = 0;
    while (at < path.length()) {
      int end = path.indexOf('/', at + 1);
      String segment = path.substring(at, end < 0 ? path.length() : end);
      boolean last = end < 0;
      switch (segment) {
        case "/", "/." -> {
          if (last) {
            resolved.append('/');
          }
        }
        case "/.." -> {
          int parent = resolved.lastIndexOf("/");
          if (parent < 0) {
            return null;
          }
          resolved.setLength(parent);
          if (last) {
            resolved.append('/');
          }
        }
        default -> resolved.append(segment);
      }
      at = last ? path.length() : end;
    }
    return resolved.isEmpty() ? "/" : resolved.toString();
  }
}
