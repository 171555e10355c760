package dev.limpet.admin.changes;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.limpet.model.changes.Change;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A change as the API shows it.
 *
 * @param version text, for it is longer than the numbers of JavaScript
 * @param time of the cluster, ISO 8601
 * @param summary what it does, for people
 * @param undoes the id of the one that it takes back
 * @param undoneBy the id of the last one that takes it back
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record ChangeView(
    String id,
    String version,
    String time,
    String who,
    String from,
    String node,
    String comment,
    List<String> summary,
    @Nullable String undoes,
    @JsonProperty("undone-by") @Nullable String undoneBy,
    List<Step> steps) {

  /**
   * @param value null for what the settings file says
   * @param before likewise
   */
  record Step(List<String> path, JsonNode value, JsonNode before) {}

  /**
   * @param undone changes that others take back, and by which
   */
  static ChangeView of(Change change, Map<String, String> undone) {
    return new ChangeView(
        change.id(),
        Long.toString(change.version()),
        Instant.ofEpochMilli(change.time()).toString(),
        change.who(),
        change.from(),
        change.node(),
        change.comment(),
        Sentences.of(change.steps()),
        change.undoes().orElse(null),
        undone.get(change.id()),
        change.steps().stream()
            .map(step -> new Step(step.path().parts(), json(step.value()), json(step.before())))
            .toList());
  }

  private static JsonNode json(@Nullable String text) {
    return text == null ? NullNode.getInstance() : Json.read(text);
  }
}
