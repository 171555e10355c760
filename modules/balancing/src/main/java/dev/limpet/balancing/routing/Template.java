package dev.limpet.balancing.routing;

import dev.limpet.balancing.request.RequestFacts;
import dev.limpet.model.settings.route.Expression;
import dev.limpet.model.settings.route.Route;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Fills in a text of a route: {@code {scheme}}, {@code {host}}, {@code {hostname}}, {@code {path}},
 * {@code {query}}, {@code {uri}}, {@code {address}}, {@code {request-id}}, and the groups that the
 * route's regular expression has captured, {@code {1}} or {@code {name}}. What a request holds is
 * never expanded again, its control characters are left out, and what is not ASCII is escaped.
 * Captures are of the normalised path, and are escaped anew.
 */
public final class Template {

  /**
   * Characters that may stand in a path as they are (RFC 3986, section 3.3), beside letters and
   * digits.
   */
  private static final String PATH_CHARACTERS = "/-._~!$&'()*+,;=:@";

  private static final char[] HEX = "0123456789ABCDEF".toCharArray();

  private final String text;
  private final Route route;
  private final RequestFacts request;
  private final boolean mergesSlashes;
  private final StringBuilder filled;
  private Expression.@Nullable Captures captures;

  private Template(String text, Route route, RequestFacts request, boolean mergesSlashes) {
    this.text = text;
    this.route = route;
    this.request = request;
    this.mergesSlashes = mergesSlashes;
    this.filled = new StringBuilder(text.length() + request.target().length() + 32);
  }

  /** A text that goes into a header, or is a path. */
  public static String fill(String text, Route route, RequestFacts request) {
    return text.indexOf('{') < 0 ? text : new Template(text, route, request, false).fill();
  }

  /**
   * A Location. Where it starts with the request's path, the path's leading slashes are merged:
   * {@code //other.example} would lead to another host.
   */
  public static String location(String to, Route route, RequestFacts request) {
    return to.indexOf('{') < 0 ? to : new Template(to, route, request, true).fill();
  }

  private String fill() {
    int at = 0;
    while (at < text.length()) {
      int open = text.indexOf('{', at);
      int close = open < 0 ? -1 : text.indexOf('}', open);
      if (close < 0) {
        break;
      }
      filled.append(text, at, open);
      at = put(text.substring(open + 1, close)) ? close + 1 : open + 1;
    }
    return filled.append(text, at, text.length()).toString();
  }

  /** False for what is no placeholder: the brace stands for itself. */
  private boolean put(String name) {
    switch (name) {
      case "scheme" -> append(request.scheme());
      case "host" -> append(request.host());
      case "hostname" -> append(withoutPort(request.host()));
      case "path" -> appendPath();
      case "query" -> append(request.query());
      case "uri" -> {
        appendPath();
        append(request.query());
      }
      case "address" -> append(request.address());
      case "request-id" -> append(request.requestId());
      default -> {
        if (route.path() instanceof Route.PathMatch.Regex regex
            && regex.expression().groups().contains(name)) {
          appendEscaped(capture(regex.expression(), name));
        } else {
          filled.append('{');
          return false;
        }
      }
    }
    return true;
  }

  private @Nullable String capture(Expression expression, String group) {
    Expression.Captures known = captures;
    if (known == null) {
      known = expression.captures(request.path());
      if (known == null) {
        throw new IllegalStateException("the route takes no such path");
      }
      captures = known;
    }
    return known.get(group);
  }

  /** An address of IPv6 keeps its brackets. */
  private static String withoutPort(String host) {
    int colon = host.lastIndexOf(':');
    return colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
  }

  private void appendPath() {
    String path = request.rawPath();
    int start = 0;
    if (mergesSlashes && filled.isEmpty()) {
      while (start + 1 < path.length() && isSlash(path.charAt(start + 1))) {
        start++;
      }
    }
    append(start == 0 ? path : "/" + path.substring(start + 1));
  }

  /** Browsers read a backslash as a slash, and leave line breaks out. */
  private static boolean isSlash(char c) {
    return c == '/' || c == '\\' || c == '\r' || c == '\n' || c == '\t';
  }

  private void append(String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c > 0x7f) {
        int end = value.offsetByCodePoints(i, 1);
        appendBytes(value.substring(i, end));
        i = end - 1;
      } else if (c >= ' ' && c != 0x7f) {
        filled.append(c);
      }
    }
  }

  /** A target may hold UTF-8 as it is; a header or a Location may not. */
  private void appendBytes(String character) {
    for (byte b : character.getBytes(StandardCharsets.UTF_8)) {
      filled.append('%').append(HEX[(b & 0xff) >> 4]).append(HEX[b & 15]);
    }
  }

  private void appendEscaped(@Nullable String capture) {
    if (capture != null) {
      filled.append(escaped(capture));
    }
  }

  /** A decoded path as it may stand in a request line. */
  static String escaped(String path) {
    StringBuilder escaped = new StringBuilder(path.length() + 16);
    for (byte b : path.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      boolean plain =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || PATH_CHARACTERS.indexOf(c) >= 0;
      if (plain) {
        escaped.append(c);
      } else {
        escaped.append('%').append(HEX[c >> 4]).append(HEX[c & 15]);
      }
    }
    return escaped.toString();
  }
}
