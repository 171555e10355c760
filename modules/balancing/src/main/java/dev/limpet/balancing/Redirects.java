package dev.limpet.balancing;

import dev.limpet.model.Settings;

/** Works out where a redirect leads. */
public final class Redirects {

  private Redirects() {}

  /**
   * Fills in {@code {scheme}}, {@code {host}}, {@code {path}}, {@code {query}} and {@code {uri}}.
   * What a request holds is never expanded again. Where the result starts with the request's path,
   * the path's leading slashes are merged: {@code //other.example} would lead to another host.
   *
   * @param query with its question mark, or empty
   * @return the Location's value, without line breaks whatever the request held
   */
  public static String location(
      Settings.Action.Redirect redirect, String scheme, String host, String path, String query) {
    String to = redirect.to();
    StringBuilder location = new StringBuilder(to.length() + path.length() + query.length() + 32);
    int at = 0;
    while (at < to.length()) {
      int open = to.indexOf('{', at);
      int close = open < 0 ? -1 : to.indexOf('}', open);
      if (close < 0) {
        break;
      }
      append(location, to.substring(at, open));
      switch (to.substring(open + 1, close)) {
        case "scheme" -> append(location, scheme);
        case "host" -> append(location, host);
        case "path" -> appendPath(location, path);
        case "query" -> append(location, query);
        case "uri" -> {
          appendPath(location, path);
          append(location, query);
        }
        default -> {
          append(location, "{");
          close = open;
        }
      }
      at = close + 1;
    }
    append(location, to.substring(at));
    return location.toString();
  }

  private static void appendPath(StringBuilder location, String path) {
    int start = 0;
    if (location.isEmpty()) {
      while (start + 1 < path.length() && isSlash(path.charAt(start + 1))) {
        start++;
      }
    }
    append(location, start == 0 ? path : "/" + path.substring(start + 1));
  }

  /** Browsers read a backslash as a slash, and leave line breaks out. */
  private static boolean isSlash(char c) {
    return c == '/' || c == '\\' || c == '\r' || c == '\n' || c == '\t';
  }

  private static void append(StringBuilder location, String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != '\r' && c != '\n') {
        location.append(c);
      }
    }
  }
}
