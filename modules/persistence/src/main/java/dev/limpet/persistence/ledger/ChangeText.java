package dev.limpet.persistence.ledger;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.limpet.model.changes.Change;
import dev.limpet.model.changes.Overlay;
import dev.limpet.model.changes.SettingPath;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Changes, and values that they have set, as JSON. */
public final class ChangeText {

  static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          // Numbers stay as they were written.
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  /** A number above it would leave no room for the versions of later changes. */
  private static final long MOST = Long.MAX_VALUE >> 1;

  private ChangeText() {}

  /** Writes a change that is made here. */
  public static Entry write(Change change) {
    ObjectNode json = JSON.createObjectNode();
    json.put("id", change.id());
    json.put("version", change.version());
    json.put("time", change.time());
    json.put("who", change.who());
    json.put("from", change.from());
    json.put("node", change.node());
    json.put("comment", change.comment());
    change.undoes().ifPresent(undone -> json.put("undoes", undone));
    ArrayNode steps = json.putArray("steps");
    for (Change.Step step : change.steps()) {
      ObjectNode one = steps.addObject();
      one.set("path", path(step.path()));
      one.set("value", tree(step.value()));
      one.set("before", tree(step.before()));
    }
    return new Entry(change, json.toString());
  }

  /**
   * Reads a change that was written by any node, newer ones included.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static Entry read(JsonNode json) {
    List<Change.Step> steps = new ArrayList<>();
    for (JsonNode step : json.path("steps")) {
      steps.add(
          new Change.Step(
              path(step.path("path")), value(step.path("value")), value(step.path("before"))));
    }
    return new Entry(
        new Change(
            string(json, "id"),
            number(json, "version"),
            number(json, "time"),
            json.path("who").asText(),
            json.path("from").asText(),
            json.path("node").asText(),
            json.path("comment").asText(),
            json.has("undoes") ? Optional.of(string(json, "undoes")) : Optional.empty(),
            List.copyOf(steps)),
        json.toString());
  }

  /** A value as a part of a larger text. */
  static ObjectNode write(SettingPath path, Overlay.Value value) {
    ObjectNode json = JSON.createObjectNode();
    json.set("path", path(path));
    json.set("value", tree(value.json()));
    json.put("version", value.version());
    json.put("change", value.change());
    json.put("time", value.time());
    return json;
  }

  /** The path of a value that {@link #write(SettingPath, Overlay.Value)} has written. */
  static SettingPath readPath(JsonNode json) {
    return path(json.path("path"));
  }

  static Overlay.Value readValue(JsonNode json) {
    return new Overlay.Value(
        value(json.path("value")),
        number(json, "version"),
        string(json, "change"),
        number(json, "time"));
  }

  /**
   * @throws IllegalArgumentException if it is not JSON
   */
  public static JsonNode parse(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not JSON: " + e.getOriginalMessage(), e);
    }
  }

  private static ArrayNode path(SettingPath path) {
    ArrayNode parts = JSON.createArrayNode();
    path.parts().forEach(parts::add);
    return parts;
  }

  private static SettingPath path(JsonNode parts) {
    List<String> texts = new ArrayList<>();
    for (JsonNode part : parts) {
      if (!part.isTextual()) {
        throw new IllegalArgumentException("a path of " + part);
      }
      texts.add(part.textValue());
    }
    return new SettingPath(texts);
  }

  private static JsonNode tree(@Nullable String value) {
    return value == null ? JSON.nullNode() : parse(value);
  }

  private static @Nullable String value(JsonNode json) {
    return json.isNull() || json.isMissingNode() ? null : json.toString();
  }

  private static String string(JsonNode json, String field) {
    JsonNode value = json.path(field);
    if (!value.isTextual() || value.textValue().isEmpty()) {
      throw new IllegalArgumentException("a change without " + field);
    }
    return value.textValue();
  }

  private static long number(JsonNode json, String field) {
    JsonNode value = json.path(field);
    if (!value.isIntegralNumber()
        || !value.canConvertToLong()
        || value.longValue() < 0
        || value.longValue() > MOST) {
      throw new IllegalArgumentException("a change without " + field);
    }
    return value.longValue();
  }
}
