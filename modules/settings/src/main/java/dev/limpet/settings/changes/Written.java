package dev.limpet.settings.changes;

import dev.limpet.model.settings.BalancingMethod;
import dev.limpet.model.settings.HealthCheck;
import dev.limpet.model.settings.ResponseMatch;
import dev.limpet.model.settings.TextMatch;
import dev.limpet.model.settings.route.Action;
import dev.limpet.model.settings.route.Route;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/** Values of settings as somebody would write them, on one line. */
final class Written {

  private Written() {}

  /** {@code drainTimeout} is {@code drain-timeout}. */
  static String key(String component) {
    StringBuilder key = new StringBuilder();
    for (int i = 0; i < component.length(); i++) {
      char c = component.charAt(i);
      if (Character.isUpperCase(c) && i > 0) {
        key.append('-');
      }
      key.append(Character.toLowerCase(c));
    }
    return key.toString();
  }

  static String of(Object value) {
    return switch (value) {
      case Duration duration -> of(duration);
      case Enum<?> word -> key(word.name().toLowerCase(Locale.ROOT)).replace('_', '-');
      case Boolean flag -> flag ? "on" : "off";
      case String text -> of(text);
      case Optional<?> perhaps -> perhaps.isPresent() ? of((Object) perhaps.get()) : "none";
      case OptionalInt number -> number.isPresent() ? Integer.toString(number.getAsInt()) : "none";
      case Set<?> set -> list(set.stream().map(Written::of).sorted().toList());
      case List<?> list -> list(list.stream().map(Written::of).toList());
      case HealthCheck.Kind kind -> kind.getClass().getSimpleName().toLowerCase(Locale.ROOT);
      case ResponseMatch.Status status -> status.written();
      case ResponseMatch.Header.Value header -> header.match().written();
      case ResponseMatch.Header header -> word(header);
      case TextMatch match -> match.written();
      case BalancingMethod method -> key(method.toString()).replace("[]", "");
      case Route.PathMatch path -> path.written();
      case Route.Condition condition -> condition.name() + " " + of((Object) condition.match());
      case Action.Forward forward -> forward(forward);
      // Of several kinds of one thing the word says which.
      case Record record when record.getClass().getInterfaces().length > 0 ->
          word(record) + " " + section(record);
      case Record record when !record.toString().startsWith(record.getClass().getSimpleName()) ->
          record.toString();
      case Record record -> section(record);
      default -> value.toString();
    };
  }

  private static String forward(Action.Forward forward) {
    List<Action.Share> shares = forward.upstreams();
    String to =
        shares.size() == 1
            ? "upstream " + shares.getFirst().upstream()
            : shares.stream()
                .map(share -> share.upstream() + " = " + share.weight())
                .collect(Collectors.joining(", ", "upstream { ", " }"));
    return to
        + forward.rewrite().map(rewrite -> ", rewrite " + of(rewrite)).orElse("")
        + forward.mirror().map(mirror -> ", mirror " + of(mirror)).orElse("");
  }

  /** The word for one of several kinds of a thing. */
  static String word(Object value) {
    return key(value.getClass().getSimpleName());
  }

  private static String section(Record record) {
    List<String> keys = new ArrayList<>();
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      try {
        Object value = component.getAccessor().invoke(record);
        if (!isNothing(value)) {
          keys.add(key(component.getName()) + " = " + of(value));
        }
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("settings are public records", e);
      }
    }
    return keys.isEmpty() ? "{ }" : "{ " + String.join(", ", keys) + " }";
  }

  private static boolean isNothing(Object value) {
    return switch (value) {
      case Optional<?> perhaps -> perhaps.isEmpty();
      case Collection<?> many -> many.isEmpty();
      case Map<?, ?> many -> many.isEmpty();
      default -> false;
    };
  }

  private static String list(List<String> elements) {
    return elements.isEmpty() ? "[]" : "[" + String.join(", ", elements) + "]";
  }

  /** In quotes where it would not be one word. */
  private static String of(String text) {
    if (!text.isEmpty() && text.chars().allMatch(c -> c > ' ' && c != '"' && c != 0x7f)) {
      return text;
    }
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '\n' -> quoted.append("\\n");
        case '\r' -> quoted.append("\\r");
        case '\t' -> quoted.append("\\t");
        case '"', '\\' -> quoted.append('\\').append(c);
        default -> quoted.append(c < ' ' || c == 0x7f ? "\\u%04x".formatted((int) c) : c);
      }
    }
    return quoted.append('"').toString();
  }

  private static String of(Duration duration) {
    long millis = duration.toMillis();
    if (millis % 86_400_000 == 0 && millis > 0) {
      return millis / 86_400_000 + "d";
    }
    if (millis % 3_600_000 == 0 && millis > 0) {
      return millis / 3_600_000 + "h";
    }
    if (millis % 60_000 == 0 && millis > 0) {
      return millis / 60_000 + "m";
    }
    return millis % 1_000 == 0 ? millis / 1_000 + "s" : millis + "ms";
  }
}
