package dev.limpet.settings.block.host;

import static java.util.Map.entry;

import dev.limpet.model.settings.route.Route.PathMatch;
import dev.limpet.model.words.Nearest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The placeholders, in braces, that the texts of a route may have. */
final class Placeholders {

  private static final Pattern PLACEHOLDER = Pattern.compile("\\{([^}]*)}?");
  private static final List<String> OF_REQUESTS =
      List.of("scheme", "host", "hostname", "path", "query", "uri", "address", "request-id");

  /** nginx's names for them. */
  private static final Map<String, String> OF_NGINX =
      Map.ofEntries(
          entry("host", "hostname"),
          entry("server_name", "hostname"),
          entry("http_host", "host"),
          entry("request_uri", "uri"),
          entry("uri", "path"),
          entry("args", "query"),
          entry("is_args", "query"),
          entry("query_string", "query"),
          entry("scheme", "scheme"),
          entry("remote_addr", "address"),
          entry("request_id", "request-id"));

  private static final Pattern VARIABLE =
      Pattern.compile("\\$(" + String.join("|", OF_NGINX.keySet()) + "|[1-9])(?![A-Za-z0-9_])");

  private Placeholders() {}

  /** The placeholders of a route with this path. */
  static List<String> all(PathMatch path) {
    List<String> names = new ArrayList<>(OF_REQUESTS);
    names.addAll(captures(path));
    return names;
  }

  /** The groups of a regular expression, by number and by name. */
  static List<String> captures(PathMatch path) {
    return path instanceof PathMatch.Regex regex
        ? List.copyOf(regex.expression().groups())
        : List.of();
  }

  /**
   * @throws IllegalArgumentException for one that is not known
   */
  static String checked(String text, Collection<String> known) {
    Matcher variable = VARIABLE.matcher(text);
    if (variable.find()) {
      String name = variable.group(1);
      throw new IllegalArgumentException(
          "\"$%s\" is nginx's; here it is \"{%s}\""
              .formatted(name, OF_NGINX.getOrDefault(name, name)));
    }
    Matcher placeholder = PLACEHOLDER.matcher(text);
    while (placeholder.find()) {
      String name = placeholder.group(1);
      if (!known.contains(name) || !placeholder.group().endsWith("}")) {
        throw new IllegalArgumentException(
            "unknown placeholder \""
                + placeholder.group()
                + "\""
                + (known.isEmpty()
                    ? ": the path has no regular expression with groups"
                    : Nearest.hint(name, known, "there are")));
      }
    }
    return text;
  }
}
