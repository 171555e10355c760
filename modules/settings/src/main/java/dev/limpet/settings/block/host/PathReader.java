package dev.limpet.settings.block.host;

import com.typesafe.config.ConfigValue;
import dev.limpet.model.settings.route.Expression;
import dev.limpet.model.settings.route.Route.PathMatch;
import dev.limpet.settings.hocon.Values;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the path of a route. */
final class PathReader {

  private static final Pattern PATH = Pattern.compile("(=|\\^~|~\\*|~|)\\s*(.*)");

  /** As routers of Node.js and other proxies have them. */
  private static final Pattern WILDCARD =
      Pattern.compile(
          "/[*]{1,2}$|/(:[A-Za-z_][A-Za-z0-9_]*|[*]|[{][A-Za-z_][A-Za-z0-9_]*[}])(?=/|$)");

  private PathReader() {}

  /**
   * @param anyCase whether expressions, too, are to see no difference
   */
  static PathMatch read(ConfigValue value, boolean anyCase) {
    Matcher parts = PATH.matcher(Values.text(value));
    if (!parts.matches()) {
      throw Values.expected("a path on one line", value);
    }
    String text = parts.group(2);
    return switch (parts.group(1)) {
      case "=" -> new PathMatch.Exact(plain(text, value));
      case "^~" -> new PathMatch.Prefix(plain(text, value), true);
      case "~" -> new PathMatch.Regex(regex(text, anyCase));
      case "~*" -> new PathMatch.Regex(regex(text, true));
      default -> new PathMatch.Prefix(plain(text, value), false);
    };
  }

  private static String plain(String path, ConfigValue value) {
    Matcher wildcard = WILDCARD.matcher(path);
    if (wildcard.find()) {
      throw new IllegalArgumentException(
          "\"%s\": a path has no wildcards and no parameters; %s"
              .formatted(
                  path,
                  wildcard.group().equals("/*")
                      ? "it takes all that begins with it: \"%s\""
                          .formatted(path.substring(0, path.length() - 1))
                      : "write \"~ ^%s$\"".formatted(WILDCARD.matcher(path).replaceAll("/[^/]+"))));
    }
    if (!path.matches("/[!-~&&[^?#]]*")) {
      throw Values.expected(
          "\"/path\", \"= /path\", \"^~ /path\", \"~ regex\" or \"~* regex\""
              + " (a path has no blanks and no query)",
          value);
    }
    return path;
  }

  static Expression regex(String text, boolean anyCase) {
    if (text.isEmpty()) {
      throw new IllegalArgumentException("the regular expression is empty");
    }
    return Expression.of(text, anyCase);
  }
}
