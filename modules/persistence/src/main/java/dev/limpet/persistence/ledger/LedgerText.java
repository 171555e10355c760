package dev.limpet.persistence.ledger;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import dev.limpet.model.changes.Overlay;
import dev.limpet.model.changes.SettingPath;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** A whole ledger, or a part of its values, as JSON. */
public final class LedgerText {

  private LedgerText() {}

  public static String write(Ledger ledger) {
    ObjectNode json = ChangeText.JSON.createObjectNode();
    json.putObject("horizon")
        .put("version", ledger.horizon().version())
        .put("id", ledger.horizon().id());
    json.set("values", values(ledger.overlay().values()));
    json.set("changes", changes(ledger.history()));
    return json.toString();
  }

  /** What the changes of a ledger add up to, and none of them. */
  public static String writeValues(Ledger ledger) {
    ObjectNode json = ChangeText.JSON.createObjectNode();
    json.set("values", values(ledger.overlay().values()));
    return json.toString();
  }

  /**
   * What the changes of a ledger add up to, in parts for messages.
   *
   * @param bytes of a part, about
   * @return at least one
   */
  public static List<JsonNode> parts(Ledger ledger, int bytes) {
    List<JsonNode> parts = new ArrayList<>();
    ArrayNode part = ChangeText.JSON.createArrayNode();
    int size = 0;
    for (JsonNode value : values(ledger.overlay().values())) {
      size += value.toString().getBytes(StandardCharsets.UTF_8).length;
      if (size > bytes && !part.isEmpty()) {
        parts.add(part);
        part = ChangeText.JSON.createArrayNode();
        size = 0;
      }
      part.add(value);
    }
    parts.add(part);
    return parts;
  }

  /** Changes as a list of what {@link ChangeText} reads. */
  public static ArrayNode changes(Collection<Entry> entries) {
    ArrayNode changes = ChangeText.JSON.createArrayNode();
    entries.forEach(entry -> changes.addRawValue(new RawValue(entry.text())));
    return changes;
  }

  /**
   * Takes what another ledger held into this one.
   *
   * @param text of {@link #write} or {@link #writeValues}
   * @throws IllegalArgumentException if it is none
   */
  public static void readInto(Ledger ledger, String text) {
    JsonNode json = ChangeText.parse(text);
    JsonNode horizon = json.path("horizon");
    readValuesInto(ledger, json.path("values"));
    ledger.foldTo(new Position(horizon.path("version").asLong(), horizon.path("id").asText()));
    for (JsonNode change : json.path("changes")) {
      ledger.add(ChangeText.read(change));
    }
  }

  private static ArrayNode values(Map<SettingPath, Overlay.Value> values) {
    ArrayNode json = ChangeText.JSON.createArrayNode();
    values.forEach((path, value) -> json.add(ChangeText.write(path, value)));
    return json;
  }

  /**
   * @param json of {@link #parts}
   * @return whether the ledger is different now
   * @throws IllegalArgumentException if it is none
   */
  public static boolean readValuesInto(Ledger ledger, JsonNode json) {
    boolean news = false;
    for (JsonNode value : json) {
      news |= ledger.add(ChangeText.readPath(value), ChangeText.readValue(value));
    }
    return news;
  }
}
