package dev.limpet.admin.changes;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.TextNode;

/** The values of changes, which are JSON text. */
final class Json {

  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private static final int LONGEST_SHOWN = 100;

  private Json() {}

  /** What another node has sent may be anything: then it is shown as text. */
  static JsonNode read(String text) {
    try {
      return MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      return TextNode.valueOf(text);
    }
  }

  /** A value for an error, not all of a long one. */
  static Object shown(JsonNode value) {
    String text = value.isTextual() ? value.textValue() : value.toString();
    if (text.length() > LONGEST_SHOWN) {
      return text.substring(0, LONGEST_SHOWN) + "…";
    }
    return value;
  }
}
