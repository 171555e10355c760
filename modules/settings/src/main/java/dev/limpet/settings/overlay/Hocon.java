package dev.limpet.settings.overlay;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import dev.limpet.settings.hocon.Values;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Looks into sections that nobody has checked yet: what is wrong there is told when they are read.
 */
final class Hocon {

  private Hocon() {}

  /** The text there; null where there is none. */
  static @Nullable String text(ConfigObject section, String key) {
    ConfigValue value = section.get(key);
    return value == null ? null : text(value);
  }

  static @Nullable String text(ConfigValue value) {
    return switch (value.valueType()) {
      case STRING, NUMBER, BOOLEAN -> Values.text(value);
      case OBJECT, LIST, NULL -> null;
    };
  }

  /** The elements of a list, of which one may be written as itself. */
  static List<ConfigValue> elements(@Nullable ConfigValue value) {
    if (value instanceof ConfigList list) {
      return list;
    }
    return value == null || value.valueType() == ConfigValueType.NULL ? List.of() : List.of(value);
  }
}
