package dev.limpet.node.commands;

import com.fasterxml.jackson.databind.JsonNode;
import dev.limpet.node.terminal.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Servers as the API shows them, for people. */
final class ServersView {

  private ServersView() {}

  static List<String> list(JsonNode servers, boolean colours) {
    Table table = new Table("SERVER", "HEALTH", "STATE", "WEIGHT", "ACTIVE", "FROM", "CHANGED", "");
    for (JsonNode server : servers) {
      List<String> changed = new ArrayList<>();
      for (Map.Entry<String, JsonNode> field : server.path("changed").properties()) {
        changed.add(field.getKey());
      }
      table.row(
          server.path("id").asText(),
          StatusView.health(server),
          StatusView.state(server),
          server.path("weight").asLong(),
          server.path("active").asLong(),
          server.path("source").asText(),
          String.join(", ", changed),
          server.path("reason").asText());
    }
    return table.lines(colours);
  }

  /**
   * @param version for {@code --if-match}
   */
  static List<String> one(JsonNode server, String version) {
    Table table = new Table("KEY", "VALUE", "SET BY");
    for (Map.Entry<String, JsonNode> field : server.properties()) {
      JsonNode changed = server.path("changed").path(field.getKey());
      if (!field.getKey().equals("changed")) {
        table.row(field.getKey(), field.getValue().asText(), by(changed));
      }
    }
    table.row("version", version.replace("\"", ""), "");
    return table.lines(false);
  }

  private static String by(JsonNode changed) {
    if (!changed.isObject()) {
      return "";
    }
    JsonNode file = changed.path("file");
    return "change "
        + changed.path("change").asText()
        + (file.isMissingNode() ? "" : "; the file says " + file.asText("nothing"));
  }
}
