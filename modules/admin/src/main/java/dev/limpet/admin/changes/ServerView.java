package dev.limpet.admin.changes;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.limpet.model.changes.Overlay;
import dev.limpet.model.changes.SettingPath;
import dev.limpet.model.settings.Server;
import dev.limpet.model.settings.ServerOptions;
import dev.limpet.model.state.Ejection;
import dev.limpet.model.state.ServerState;
import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A server as the API shows it.
 *
 * @param id with the upstream before it
 * @param state that operators want it in
 * @param source where it comes from: file, change, dns, kubernetes or elsewhere
 * @param changed the fields that were changed while nodes run
 * @param health as {@code /api/v1/state} has it
 * @param reason likewise
 * @param active likewise
 */
record ServerView(
    String id,
    JsonNode address,
    JsonNode weight,
    @JsonProperty("max-connections") JsonNode maxConnections,
    @JsonProperty("slow-start") JsonNode slowStart,
    JsonNode backup,
    JsonNode zone,
    JsonNode state,
    String source,
    Map<String, Changed> changed,
    String health,
    String reason,
    int active) {

  /**
   * @param change the id of the change that has set it
   * @param file what the settings file says; null where it does not have the server
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Changed(String change, @Nullable JsonNode file) {}

  static ServerView of(Site site, Site.Found found) {
    Map<ServerField, JsonNode> own = own(found);
    Map<ServerField, JsonNode> values = new EnumMap<>(own);
    Map<String, Changed> changed = new LinkedHashMap<>();
    for (ServerField field : ServerField.values()) {
      SettingPath path = found.path().child(field.json());
      Overlay.Value value = site.overlay().values().get(path);
      if (value != null && value.json() != null) {
        values.put(field, Json.read(value.json()));
        changed.put(
            field.json(),
            new Changed(value.change(), found.listed() == null ? null : own.get(field)));
      }
    }
    ServerState live = found.live();
    return new ServerView(
        found.id().value(),
        value(values, ServerField.ADDRESS),
        value(values, ServerField.WEIGHT),
        value(values, ServerField.MAX_CONNECTIONS),
        value(values, ServerField.SLOW_START),
        value(values, ServerField.BACKUP),
        value(values, ServerField.ZONE),
        value(values, ServerField.STATE),
        found.source().name().toLowerCase(Locale.ROOT),
        changed,
        (live == null ? dev.limpet.model.state.Health.SUSPECT : live.verdict())
            .name()
            .toLowerCase(Locale.ROOT),
        live == null
            ? "not checked yet"
            : live.ejection().map(Ejection::detail).orElse(live.reason()),
        site.active().getOrDefault(found.id(), 0));
  }

  private static JsonNode value(Map<ServerField, JsonNode> values, ServerField field) {
    return values.getOrDefault(field, TextNode.valueOf(""));
  }

  /** The values that it has without any change. */
  private static Map<ServerField, JsonNode> own(Site.Found found) {
    Server listed = found.listed();
    ServerState live = found.live();
    if (listed != null) {
      return of(listed);
    }
    // What the cluster knows of one that was added has the changes in it already.
    return found.source() == Site.Source.CHANGE || live == null
        ? of(1, 0, ServerOptions.NONE)
        : of(live.server());
  }

  private static Map<ServerField, JsonNode> of(Server server) {
    Map<ServerField, JsonNode> values =
        of(server.weight(), server.maxConnections(), server.options());
    values.put(ServerField.ADDRESS, TextNode.valueOf(server.address().toString()));
    return values;
  }

  private static Map<ServerField, JsonNode> of(
      int weight, int maxConnections, ServerOptions options) {
    Map<ServerField, JsonNode> values = new EnumMap<>(ServerField.class);
    values.put(ServerField.WEIGHT, IntNode.valueOf(weight));
    values.put(ServerField.MAX_CONNECTIONS, IntNode.valueOf(maxConnections));
    values.put(ServerField.SLOW_START, TextNode.valueOf(written(options.slowStart())));
    values.put(
        ServerField.BACKUP, TextNode.valueOf(options.backup().name().toLowerCase(Locale.ROOT)));
    values.put(ServerField.ZONE, TextNode.valueOf(options.zone()));
    values.put(ServerField.STATE, TextNode.valueOf(options.down() ? "down" : "up"));
    return values;
  }

  private static String written(Duration duration) {
    long millis = duration.toMillis();
    return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
  }
}
