package dev.limpet.settings.block.host;

import com.typesafe.config.ConfigValue;
import dev.limpet.model.settings.route.Route.HeaderOperation;
import dev.limpet.settings.hocon.Section;
import dev.limpet.settings.hocon.Values;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads what a host or route changes of headers: first what goes, then what is set, then added. */
final class HeaderOperationReader {

  /**
   * Headers that are Limpet's own: they hold messages together, or end at the next hop (RFC 9110,
   * 7.6.1).
   */
  private static final Set<String> OWN =
      Set.of(
          "connection",
          "content-length",
          "expect",
          "http2-settings",
          "keep-alive",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade");

  private static final Pattern VALUE = Pattern.compile("([!-~]([ -~\\t]*[!-~])?)?");

  private final boolean request;
  private final Collection<String> placeholders;

  private HeaderOperationReader(boolean request, Collection<String> placeholders) {
    this.request = request;
    this.placeholders = placeholders;
  }

  static List<HeaderOperation> request(Section section, Collection<String> placeholders) {
    return new HeaderOperationReader(true, placeholders).read(section.section("request-headers"));
  }

  static List<HeaderOperation> response(Section section, Collection<String> placeholders) {
    return new HeaderOperationReader(false, placeholders).read(section.section("response-headers"));
  }

  private List<HeaderOperation> read(Section changes) {
    List<HeaderOperation> operations = new ArrayList<>();
    operations.addAll(
        changes.list(
            "remove", value -> new HeaderOperation.Remove(changeable(Values.text(value), false))));
    operations.addAll(
        changes.entries(
            "set", (name, value) -> new HeaderOperation.Set(changeable(name, true), value(value))));
    operations.addAll(
        changes.entries(
            "add",
            (name, value) -> new HeaderOperation.Add(changeable(name, false), value(value))));
    return List.copyOf(operations);
  }

  private String changeable(String name, boolean set) {
    String known = HeaderNames.checked(name).toLowerCase(Locale.ROOT);
    if (OWN.contains(known) || (!request && known.equals("date"))) {
      throw new IllegalArgumentException(
          "\"" + name + "\" is Limpet's own business and cannot be changed");
    }
    if (known.equals("host") && !(request && set)) {
      throw new IllegalArgumentException(
          "\"" + name + "\" can only be set, and in request-headers only");
    }
    return name;
  }

  private String value(ConfigValue value) {
    return Placeholders.checked(
        Values.matching(value, VALUE, "a header's value: one line of printable ASCII"),
        placeholders);
  }
}
