package dev.limpet.node.commands;

import com.fasterxml.jackson.databind.JsonNode;
import dev.limpet.node.terminal.Table;
import dev.limpet.node.terminal.Words;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Changes as the API shows them, for people. */
final class ChangesView {

  private ChangesView() {}

  /**
   * @param now milliseconds since 1970
   */
  static List<String> list(JsonNode changes, long now) {
    Table table = new Table("CHANGE", "WHEN", "", "WHO", "WHAT", "COMMENT");
    for (JsonNode change : changes) {
      List<String> what = what(change);
      long time = time(change);
      table.row(
          change.path("id").asText(),
          Words.at(time),
          Words.ago(time, now),
          change.path("who").asText(),
          what.isEmpty() ? "" : what.getFirst(),
          comment(change));
      what.stream().skip(1).forEach(line -> table.row("", "", "", "", line, ""));
    }
    return table.lines(false);
  }

  static List<String> one(JsonNode change, long now) {
    long time = time(change);
    Table table =
        new Table("change", change.path("id").asText())
            .row("when", Words.at(time) + ", " + Words.ago(time, now))
            .row("who", change.path("who").asText())
            .row("from", change.path("from").asText())
            .row("node", change.path("node").asText())
            .row("version", change.path("version").asText())
            .row("comment", change.path("comment").asText());
    Stream.of("undoes", "undone-by")
        .filter(change::has)
        .forEach(link -> table.row(link, change.path(link).asText()));
    List<String> lines = table.lines(false);
    what(change).forEach(line -> lines.add("  " + Words.plain(line)));
    return lines;
  }

  private static String comment(JsonNode change) {
    String undone = change.has("undone-by") ? "(undone) " : "";
    return undone + change.path("comment").asText();
  }

  private static long time(JsonNode change) {
    try {
      return Instant.parse(change.path("time").asText()).toEpochMilli();
    } catch (DateTimeParseException e) {
      return 0;
    }
  }

  /** A line for each thing that it sets, such as {@code nodejs/10.0.0.5:3000 weight 1 -> 3}. */
  private static List<String> what(JsonNode change) {
    String undoes = change.path("undoes").asText();
    List<String> what = new ArrayList<>();
    if (!undoes.isEmpty()) {
      what.add("undoes " + undoes);
    }
    List<JsonNode> steps = change.path("steps").valueStream().toList();
    List<String> cameOrWent =
        steps.stream()
            .filter(ChangesView::isPresence)
            .map(step -> server(step.path("path")))
            .toList();
    for (JsonNode step : steps) {
      String server = isOfServer(step) ? server(step.path("path")) : "";
      if (isPresence(step)) {
        what.add(presence(server, step, steps));
      } else if (!cameOrWent.contains(server)) {
        what.add(words(step));
      }
    }
    return what;
  }

  private static String presence(String server, JsonNode step, List<JsonNode> steps) {
    if (step.path("value").asBoolean()) {
      return server + " added: " + given(server, steps);
    }
    boolean back = step.path("value").isNull() && !step.path("before").asBoolean();
    return server + (back ? " put back" : " removed");
  }

  /** An added server has all fields, most of which nobody has given. */
  private static String given(String server, List<JsonNode> steps) {
    return String.join(
        ", ",
        steps.stream()
            .filter(step -> isOfServer(step) && server.equals(server(step.path("path"))))
            .filter(step -> !isPresence(step) && !step.path("value").isNull())
            .map(step -> step.path("path").path(4).asText() + " " + value(step.path("value")))
            .toList());
  }

  private static boolean isPresence(JsonNode step) {
    return isOfServer(step) && step.path("path").path(4).asText().equals("present");
  }

  private static boolean isOfServer(JsonNode step) {
    JsonNode path = step.path("path");
    return path.size() == 5
        && path.path(0).asText().equals("upstreams")
        && path.path(2).asText().equals("servers");
  }

  private static String words(JsonNode step) {
    JsonNode path = step.path("path");
    String values = value(step.path("before")) + " -> " + value(step.path("value"));
    if (isOfServer(step)) {
      return server(path) + " " + path.path(4).asText() + " " + values;
    }
    if (path.size() == 3 && path.path(0).asText().equals("routes")) {
      return path.path(1).asText() + " " + path.path(2).asText() + " " + values;
    }
    return String.join(" / ", path.valueStream().map(JsonNode::asText).toList()) + " " + values;
  }

  private static String server(JsonNode path) {
    return path.path(1).asText() + "/" + path.path(3).asText();
  }

  /** Nothing is what the settings file says. */
  private static String value(JsonNode value) {
    if (value.isObject()) {
      return String.join(
          " ",
          value.properties().stream()
              .map(share -> share.getKey() + "=" + share.getValue().asText())
              .toList());
    }
    return value.isNull() || value.isMissingNode() ? "file" : value.asText();
  }
}
