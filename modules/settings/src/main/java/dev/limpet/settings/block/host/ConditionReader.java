package dev.limpet.settings.block.host;

import com.typesafe.config.ConfigValue;
import dev.limpet.model.net.Token;
import dev.limpet.model.settings.route.Route;
import dev.limpet.model.settings.route.Route.Condition;
import dev.limpet.model.settings.route.Route.ValueMatch;
import dev.limpet.settings.hocon.Section;
import dev.limpet.settings.hocon.Values;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the conditions that a route's requests must meet beside their path. */
final class ConditionReader {

  /** As it stands in a target, where nothing else may end it. */
  private static final Pattern PARAMETER = Pattern.compile("[!$'*+,.0-9:@A-Z_a-z~()\\[\\]%-]+");

  private static final Pattern MATCH = Pattern.compile("(=|~\\*|~|)\\s*(.*)");

  private ConditionReader() {}

  static Route.Conditions read(Section route) {
    List<String> methods =
        route.list(
            "methods",
            v ->
                Values.matching(v, ConditionReader::isMethod, "a method such as GET, in capitals"));
    List<Condition> headers =
        route.entries(
            "headers",
            (name, value) ->
                new Condition(HeaderNames.checked(name).toLowerCase(Locale.ROOT), match(value)));
    List<Condition> query =
        route.entries("query", (name, value) -> new Condition(parameter(name), match(value)));
    return new Route.Conditions(new LinkedHashSet<>(methods), headers, query);
  }

  private static String parameter(String name) {
    if (!PARAMETER.matcher(name).matches()) {
      throw new IllegalArgumentException("expected a parameter's name, not \"" + name + "\"");
    }
    return name;
  }

  private static ValueMatch match(ConfigValue value) {
    Matcher parts = MATCH.matcher(Values.text(value));
    if (!parts.matches()) {
      throw Values.expected("text on one line", value);
    }
    String text = parts.group(2);
    return switch (parts.group(1)) {
      case "=" -> new ValueMatch.Equal(text);
      case "~" -> new ValueMatch.Regex(PathReader.regex(text, false));
      case "~*" -> new ValueMatch.Regex(PathReader.regex(text, true));
      default ->
          switch (text) {
            case "present" -> new ValueMatch.Present(true);
            case "absent" -> new ValueMatch.Present(false);
            default -> new ValueMatch.Equal(text);
          };
    };
  }

  private static boolean isMethod(String name) {
    return Token.isToken(name) && name.equals(name.toUpperCase(Locale.ROOT));
  }
}
