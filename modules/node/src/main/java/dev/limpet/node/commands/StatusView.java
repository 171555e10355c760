package dev.limpet.node.commands;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.limpet.node.terminal.Table;
import dev.limpet.node.terminal.Table.Cell;
import dev.limpet.node.terminal.Table.Colour;
import dev.limpet.node.terminal.Words;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The state of a node and its cluster, as people read it. */
final class StatusView {

  private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("HH:mm:ss");

  private StatusView() {}

  static String now() {
    return CLOCK.format(LocalTime.now(ZoneId.systemDefault()));
  }

  /** Whether new clients find one. */
  static boolean hasServer(JsonNode upstream) {
    return upstream.path("servers").valueStream().anyMatch(StatusView::isUp);
  }

  private static boolean isUp(JsonNode server) {
    return server.path("health").asText().equals("up")
        && server.path("state").asText().equals("up");
  }

  /**
   * How busy the node is.
   *
   * @param before the state of a second before; null if it is not known
   */
  static String pulse(JsonNode state, @Nullable JsonNode before) {
    return now()
        + (before == null
            ? ""
            : "  %d requests/s".formatted(Math.max(0, requests(state) - requests(before))));
  }

  /**
   * All of it in one line.
   *
   * @param before as above
   */
  static String line(JsonNode state, @Nullable JsonNode before) {
    JsonNode node = state.path("node");
    long reachable = state.path("members").valueStream().filter(StatusView::isReachable).count();
    List<JsonNode> servers = servers(state);
    List<String> notUp =
        servers.stream().filter(server -> !isUp(server)).map(StatusView::trouble).toList();
    return Words.plain(
        "%s  %s is %s; nodes %d of %d; servers up %d of %d%s; %d active, %d connections, %d sessions"
            .formatted(
                pulse(state, before),
                node.path("name").asText(),
                readiness(node),
                reachable,
                state.path("members").size(),
                servers.size() - notUp.size(),
                servers.size(),
                notUp.isEmpty() ? "" : " (" + String.join(", ", notUp) + ")",
                servers.stream().mapToLong(server -> server.path("active").asLong()).sum(),
                node.path("connections").asLong(),
                state.path("sessions").path("table").asLong()));
  }

  private static long requests(JsonNode state) {
    return state.path("node").path("requests").asLong();
  }

  private static List<JsonNode> servers(JsonNode state) {
    return state
        .path("upstreams")
        .valueStream()
        .flatMap(upstream -> upstream.path("servers").valueStream())
        .toList();
  }

  private static String trouble(JsonNode server) {
    String state = server.path("state").asText();
    return server.path("id").asText()
        + " "
        + (state.equals("up") ? server.path("health").asText() : state);
  }

  private static String readiness(JsonNode node) {
    String waitingFor = node.path("waitingFor").asText();
    if (node.path("degraded").asBoolean()) {
      return "ready, but degraded: waiting for " + waitingFor;
    }
    return node.path("ready").asBoolean() ? "ready" : "not ready: waiting for " + waitingFor;
  }

  /**
   * All of it.
   *
   * @param live the cluster's figures; missing where they are not known
   */
  static List<String> lines(JsonNode state, JsonNode live, boolean colours) {
    JsonNode node = state.path("node");
    List<String> lines = new ArrayList<>();
    lines.add(
        Words.plain(
            "%s is %s, up %d s, %d requests, %d connections"
                .formatted(
                    node.path("name").asText(),
                    readiness(node),
                    node.path("uptimeSeconds").asLong(),
                    node.path("requests").asLong(),
                    node.path("connections").asLong())));
    JsonNode room = node.path("room");
    lines.add(
        "connections hold %d MB of %d; closed for room %d, cut %d, refused %d"
            .formatted(
                room.path("held").asLong() >> 20,
                room.path("most").asLong() >> 20,
                room.path("closed").asLong(),
                room.path("cut").asLong(),
                room.path("refused").asLong()));
    lines.add("");
    lines.addAll(members(state).lines(colours));
    lines.add("");
    lines.addAll(table(state.path("upstreams"), live).lines(colours));
    lines.add("");
    lines.add("sessions in the table: " + state.path("sessions").path("table").asLong());
    String trouble = state.path("changes").path("trouble").asText();
    if (!trouble.isEmpty()) {
      lines.add("changes are not written down at this node: " + Words.plain(trouble));
    }
    return lines;
  }

  private static Table members(JsonNode state) {
    Table members = new Table("NODE", "ADDRESS", "STATUS");
    // Where all do, there is nothing to tell.
    boolean someVote =
        state
            .path("members")
            .valueStream()
            .anyMatch(member -> !member.path("votes").asBoolean(true));
    for (JsonNode member : state.path("members")) {
      boolean reachable = isReachable(member);
      members.row(
          member.path("name").asText(),
          member.path("address").asText(),
          new Cell(
              member.path("status").asText()
                  + (reachable ? "" : ", unreachable")
                  + (someVote && member.path("votes").asBoolean() ? ", votes" : ""),
              reachable ? Colour.NONE : Colour.RED));
    }
    return members;
  }

  private static boolean isReachable(JsonNode member) {
    return member.path("reachable").asBoolean();
  }

  private static Table table(JsonNode upstreams, JsonNode live) {
    Map<String, JsonNode> figures = new HashMap<>();
    for (JsonNode upstream : live.path("upstreams")) {
      for (JsonNode server : upstream.path("servers")) {
        figures.put(server.path("id").asText(), server.path("figures"));
      }
    }
    Table table = new Table("SERVER", "HEALTH", "STATE", "ACTIVE", "REQ/S", "ERR/S", "P99", "");
    for (Map.Entry<String, JsonNode> upstream : upstreams.properties()) {
      JsonNode servers = upstream.getValue().path("servers");
      if (servers.isEmpty()) {
        table.row(upstream.getKey() + " has no servers");
      }
      for (JsonNode server : servers) {
        JsonNode ejected = server.path("ejected");
        JsonNode its = figures.getOrDefault(server.path("id").asText(), MissingNode.getInstance());
        table.row(
            server.path("id").asText(),
            health(server),
            state(server),
            server.path("active").asLong(),
            TopView.right(TopView.perSecond(its, "requests")),
            TopView.errors(its),
            TopView.right(TopView.time(its, "p99")),
            ejected.isObject()
                ? "ejected: " + ejected.path("reason").asText()
                : server.path("reason").asText());
      }
    }
    return table;
  }

  static Cell health(JsonNode server) {
    String health = server.path("health").asText();
    return new Cell(
        health,
        switch (health) {
          case "up" -> Colour.GREEN;
          case "suspect" -> Colour.YELLOW;
          default -> Colour.RED;
        });
  }

  static Cell state(JsonNode server) {
    String state = server.path("state").asText();
    return new Cell(state, state.equals("up") ? Colour.NONE : Colour.YELLOW);
  }
}
