package dev.limpet.settings;

import com.typesafe.config.ConfigValue;
import dev.limpet.model.Settings;
import dev.limpet.model.Settings.Action;
import dev.limpet.model.Settings.PathMatch;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Reads one route of a host. */
final class RouteReader {

  private static final PathMatch NO_PATH = new PathMatch.Exact("");
  private static final Pattern PATH = Pattern.compile("(=|\\^~|~\\*|~|)\\s*(.*)");
  private static final Pattern LOCATION = Pattern.compile("(https?://|/|\\{)[!-~]*");
  private static final Pattern PLACEHOLDER = Pattern.compile("\\{([^}]*)}?");
  private static final List<String> PLACEHOLDERS =
      List.of("scheme", "host", "path", "query", "uri");
  private static final List<Integer> REDIRECTS = List.of(301, 302, 303, 307, 308);

  private final Collection<String> upstreams;
  private final Set<String> paths;

  /**
   * @param paths those of the same host so far
   */
  RouteReader(Collection<String> upstreams, Set<String> paths) {
    this.upstreams = upstreams;
    this.paths = paths;
  }

  Settings.Route read(Section route) {
    return new Settings.Route(route.get("path", NO_PATH, this::path), action(route));
  }

  private PathMatch path(ConfigValue value) {
    PathMatch match = pathMatch(value);
    String same =
        match instanceof PathMatch.Prefix prefix ? prefix.prefix() : match.toString();
    if (!paths.add(same)) {
      throw new IllegalArgumentException(
          "duplicate path \"" + Values.text(value) + "\" in this host");
    }
    return match;
  }

  private static PathMatch pathMatch(ConfigValue value) {
    Matcher parts = PATH.matcher(Values.text(value));
    if (!parts.matches()) {
      throw Values.expected("a path on one line", value);
    }
    String text = parts.group(2);
    return switch (parts.group(1)) {
      case "=" -> new PathMatch.Exact(plain(text, value));
      case "^~" -> new PathMatch.Prefix(plain(text, value), true);
      case "~" -> new PathMatch.Regex(regex(text, 0));
      case "~*" -> new PathMatch.Regex(regex(text, Pattern.CASE_INSENSITIVE));
      default -> new PathMatch.Prefix(plain(text, value), false);
    };
  }

  private static String plain(String path, ConfigValue value) {
    if (!path.matches("/[!-~&&[^?#]]*")) {
      throw Values.expected(
          "\"/path\", \"= /path\", \"^~ /path\", \"~ regex\" or \"~* regex\""
              + " (a path has no blanks and no query)",
          value);
    }
    return path;
  }

  private static Pattern regex(String text, int flags) {
    if (text.isEmpty()) {
      throw new IllegalArgumentException("the regular expression is empty");
    }
    try {
      return Pattern.compile(text, flags);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "bad regular expression \"" + text + "\": " + e.getDescription(), e);
    }
  }

  private Action action(Section route) {
    boolean redirects = route.has("redirect");
    if (redirects && route.has("upstream")) {
      route.reject("redirect", "a route has either an upstream or a redirect, not both");
    } else if (!redirects && !route.has("upstream")) {
      route.reject("a route needs upstream = <name> or redirect { to = <location> }");
      return new Action.Forward("");
    }
    return redirects
        ? redirect(route.section("redirect"))
        : new Action.Forward(route.get("upstream", "", this::upstream));
  }

  private String upstream(ConfigValue value) {
    String name = Values.text(value);
    if (!upstreams.contains(name)) {
      throw new IllegalArgumentException(
          "there is no upstream \"" + name + "\"" + Nearest.hint(name, upstreams, "there are"));
    }
    return name;
  }

  private static Action redirect(Section redirect) {
    return new Action.Redirect(
        redirect.get("to", "", RouteReader::location),
        redirect.get("status", 302, RouteReader::redirectStatus));
  }

  private static String location(ConfigValue value) {
    String to = Values.text(value);
    if (!LOCATION.matcher(to).matches()) {
      throw Values.expected("a path or an http:// or https:// address, without blanks", value);
    }
    Matcher placeholder = PLACEHOLDER.matcher(to);
    while (placeholder.find()) {
      String name = placeholder.group(1);
      if (!PLACEHOLDERS.contains(name) || !placeholder.group().endsWith("}")) {
        throw new IllegalArgumentException(
            "unknown placeholder \"" + placeholder.group() + "\""
                + Nearest.hint(name, PLACEHOLDERS, "there are"));
      }
    }
    return to;
  }

  private static int redirectStatus(ConfigValue value) {
    int status = (int) Values.whole(value, 100, 599);
    if (!REDIRECTS.contains(status)) {
      throw Values.expected("a redirect's status: 301, 302, 303, 307 or 308", value);
    }
    return status;
  }
}
