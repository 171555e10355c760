package dev.limpet.settings.block;

import com.typesafe.config.ConfigValue;
import dev.limpet.model.settings.ResponseMatch;
import dev.limpet.model.settings.ResponseMatch.Header;
import dev.limpet.model.settings.ResponseMatch.Range;
import dev.limpet.model.settings.ResponseMatch.Status;
import dev.limpet.model.settings.TextMatch;
import dev.limpet.model.settings.route.Expression;
import dev.limpet.settings.block.host.HeaderNames;
import dev.limpet.settings.hocon.Section;
import dev.limpet.settings.hocon.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads {@code match} of a check. The words are those of nginx Plus; see {@code match} in <a
 * href="https://nginx.org/en/docs/http/ngx_http_upstream_hc_module.html">its manual</a>.
 */
final class MatchReader {

  private static final Pattern RANGE = Pattern.compile("([0-9]{3})(?:\\s*-\\s*([0-9]{3}))?");
  private static final Pattern CONDITION = Pattern.compile("(!~|~|!=|=|)\\s*(.*)", Pattern.DOTALL);
  private static final Status ANY = new Status("", List.of(), true);

  private MatchReader() {}

  static ResponseMatch response(Section match) {
    return new ResponseMatch(
        match.get("status", ANY, MatchReader::status),
        List.copyOf(match.values("headers", MatchReader::header).values()),
        match.has("body")
            ? match.get("body", Optional.empty(), v -> Optional.of(body(v)))
            : Optional.empty());
  }

  /** {@code "200, 204, 300-399"}, {@code "! 500"}. */
  private static Status status(ConfigValue value) {
    String written = Values.text(value);
    boolean negated = written.startsWith("!");
    List<Range> ranges = new ArrayList<>();
    for (String part : (negated ? written.substring(1) : written).split(",", -1)) {
      Matcher range = RANGE.matcher(part.strip());
      if (!range.matches()) {
        throw Values.expected(
            "statuses such as 204, \"200-399\", \"200, 301-302\" or \"! 500\"", value);
      }
      int from = Integer.parseInt(range.group(1));
      int to = range.group(2) == null ? from : Integer.parseInt(range.group(2));
      if (from < 100 || to > 599 || from > to) {
        throw Values.expected("a status or an ascending range within 100-599", value);
      }
      ranges.add(new Range(from, to));
    }
    return new Status(written, List.copyOf(ranges), negated);
  }

  private static Header header(String name, ConfigValue value) {
    HeaderNames.checked(name);
    return switch (Values.text(value)) {
      case "present" -> new Header.Present(name);
      case "absent" -> new Header.Absent(name);
      default -> new Header.Value(name, condition(value));
    };
  }

  private static TextMatch body(ConfigValue value) {
    if (!Values.text(value).matches("(?s)!?~.*")) {
      throw Values.expected("\"~ regex\" or \"!~ regex\"", value);
    }
    return condition(value);
  }

  /** {@code ~ regex}, or else text: must be found in what a server says. */
  static TextMatch held(ConfigValue value) {
    String text = Values.text(value);
    if (text.isEmpty()) {
      throw Values.expected("\"~ regex\" or text that the answer holds", value);
    }
    return text.startsWith("~")
        ? condition(value)
        : new TextMatch(text, Expression.literal(text), false, false);
  }

  private static TextMatch condition(ConfigValue value) {
    String written = Values.text(value);
    Matcher parts = CONDITION.matcher(written);
    if (!parts.matches() || parts.group(2).isEmpty()) {
      throw Values.expected("\"~ regex\", \"!~ regex\", \"!= text\" or text", value);
    }
    String operator = parts.group(1);
    boolean regex = operator.endsWith("~");
    return new TextMatch(
        written,
        regex ? Expression.of(parts.group(2), false) : Expression.literal(parts.group(2)),
        !regex,
        operator.startsWith("!"));
  }
}
