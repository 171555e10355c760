package dev.limpet.settings.overlay;

import com.typesafe.config.ConfigObject;
import java.util.regex.Pattern;

/** The name by which changes know a route. */
public final class RouteName {

  private static final Pattern KIND = Pattern.compile("^(=|\\^~|~\\*|~)\\s*");

  private RouteName() {}

  /** Its own one, or else its path; empty where it has neither. */
  static String of(ConfigObject route) {
    String name = Hocon.text(route, "name");
    if (name != null) {
      return name;
    }
    String path = Hocon.text(route, "path");
    return path == null ? "" : ofPath(path);
  }

  /** The name of a route that has none of its own. */
  public static String ofPath(String path) {
    return KIND.matcher(path).replaceFirst("$1 ");
  }
}
