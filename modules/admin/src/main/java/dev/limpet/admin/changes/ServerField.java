package dev.limpet.admin.changes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * A field of a server that may be changed. Here is checked what kind of value it is; the settings'
 * own checks follow, such as those of ranges.
 */
enum ServerField {
  ADDRESS("an address such as \"10.0.0.5:3000\""),
  WEIGHT("a whole number from 1 to 1000"),
  MAX_CONNECTIONS("a whole number up to 1000000; 0 for any number"),
  SLOW_START("a duration such as \"30s\""),
  BACKUP("\"off\", \"failure\" or \"overflow\""),
  ZONE("a name"),
  STATE("\"up\", \"drain\" or \"down\"");

  static final Set<String> STATES = Set.of("up", "drain", "down");

  private final String expected;

  ServerField(String expected) {
    this.expected = expected;
  }

  static Optional<ServerField> of(String name) {
    for (ServerField field : values()) {
      if (field.json().equals(name)) {
        return Optional.of(field);
      }
    }
    return Optional.empty();
  }

  static List<String> names() {
    List<String> names = new ArrayList<>();
    for (ServerField field : values()) {
      names.add(field.json());
    }
    return names;
  }

  /** Its name in JSON, which is the settings' key. */
  String json() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The values that it may have, in words. */
  String expected() {
    return expected;
  }

  /** A value as changes hold it; empty where it is of the wrong kind. */
  Optional<JsonNode> read(JsonNode value) {
    return switch (this) {
      case ADDRESS, SLOW_START, ZONE -> value.isTextual() ? Optional.of(value) : Optional.empty();
      case WEIGHT, MAX_CONNECTIONS ->
          value.isIntegralNumber() && value.canConvertToInt()
              ? Optional.of(value)
              : Optional.empty();
      case BACKUP -> backup(value);
      case STATE ->
          value.isTextual() && STATES.contains(lower(value))
              ? Optional.of(TextNode.valueOf(lower(value)))
              : Optional.empty();
    };
  }

  private static Optional<JsonNode> backup(JsonNode value) {
    String said = value.isBoolean() ? value.asBoolean() ? "on" : "off" : lower(value);
    return switch (said) {
      case "off", "overflow" -> Optional.of(TextNode.valueOf(said));
      case "on", "failure" -> Optional.of(TextNode.valueOf("failure"));
      default -> Optional.empty();
    };
  }

  private static String lower(JsonNode value) {
    return value.isTextual() ? value.textValue().toLowerCase(Locale.ROOT) : "";
  }
}
