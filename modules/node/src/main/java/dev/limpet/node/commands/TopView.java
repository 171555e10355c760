package dev.limpet.node.commands;

import com.fasterxml.jackson.databind.JsonNode;
import dev.limpet.node.terminal.Table;
import dev.limpet.node.terminal.Table.Cell;
import dev.limpet.node.terminal.Table.Colour;
import dev.limpet.node.terminal.Words;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** The figures of a cluster, as people read them: nodes, upstreams, and their servers. */
final class TopView {

  /** By what an upstream's servers are ordered. */
  enum Order {
    NAME("name"),
    REQUESTS("requests/s"),
    ERRORS("errors/s"),
    P99("p99"),
    ACTIVE("active");

    private final String words;

    Order(String words) {
      this.words = words;
    }

    String words() {
      return words;
    }

    private Comparator<JsonNode> comparator() {
      return switch (this) {
        case NAME -> Comparator.comparing(server -> server.path("id").asText());
        case REQUESTS -> most(server -> rate(server).path("requests").asDouble());
        case ERRORS -> most(server -> rate(server).path("errors").asDouble());
        case P99 -> most(server -> latency(server).path("p99").asDouble());
        case ACTIVE -> most(server -> server.path("figures").path("active").asDouble());
      };
    }

    private static Comparator<JsonNode> most(ToDoubleFunction<JsonNode> of) {
      return Comparator.comparingDouble(of)
          .reversed()
          .thenComparing(server -> server.path("id").asText());
    }
  }

  private TopView() {}

  /** The ids of all servers, in the order in which they are shown. */
  static List<String> servers(JsonNode live, Order order) {
    List<String> ids = new ArrayList<>();
    for (JsonNode upstream : live.path("upstreams")) {
      ordered(upstream, order).forEach(server -> ids.add(server.path("id").asText()));
    }
    return ids;
  }

  private static List<JsonNode> ordered(JsonNode upstream, Order order) {
    return upstream.path("servers").valueStream().sorted(order.comparator()).toList();
  }

  /**
   * All of it.
   *
   * @param cursor the id of the server that a mark stands at; empty for none
   */
  static List<String> lines(JsonNode live, Order order, String cursor, boolean colours) {
    JsonNode total = live.path("total");
    List<String> lines = new ArrayList<>();
    lines.add(
        Words.plain(
            "%s  %s requests/s, %s errors/s, p50 %s, p99 %s, %d active, %d sessions; by %s"
                .formatted(
                    StatusView.now(),
                    perSecond(total, "requests"),
                    perSecond(total, "errors"),
                    time(total, "p50"),
                    time(total, "p99"),
                    total.path("active").asLong(),
                    live.path("sessions").path("table").asLong(),
                    live.path("node").asText())));
    lines.add("");
    lines.addAll(nodes(live).lines(colours));
    lines.add("");
    lines.addAll(upstreams(live, order, cursor).lines(colours));
    return lines;
  }

  private static Table nodes(JsonNode live) {
    Table table =
        new Table(
            "NODE", "STATUS", "REQ/S", "ERR/S", "P50", "P99", "ACTIVE", "CONN", "CPU", "HEAP");
    for (JsonNode node : live.path("nodes")) {
      JsonNode figures = node.path("figures");
      table.row(
          node.path("name").asText(),
          status(node),
          right(perSecond(figures, "requests")),
          errors(figures),
          right(time(figures, "p50")),
          right(time(figures, "p99")),
          right(count(figures.path("active"))),
          right(count(node.path("connections"))),
          right(share(node.path("cpu").asDouble(-1))),
          right(share(node.path("heapUsed").asDouble(-1) / node.path("heapMax").asDouble(1))));
    }
    return table;
  }

  private static Cell status(JsonNode node) {
    if (!node.path("reachable").asBoolean()) {
      return new Cell(node.path("status").asText() + ", unreachable", Colour.RED);
    }
    if (!node.path("answers").asBoolean()) {
      String age = node.has("age") ? " for %.0f s".formatted(node.path("age").asDouble()) : "";
      return new Cell("does not answer" + age, Colour.RED);
    }
    if (!node.path("ready").asBoolean()) {
      return new Cell("not ready", Colour.RED);
    }
    return node.path("degraded").asBoolean()
        ? new Cell("degraded", Colour.YELLOW)
        : new Cell("ready", Colour.GREEN);
  }

  private static Table upstreams(JsonNode live, Order order, String cursor) {
    Table table =
        new Table(
            "", "SERVER", "HEALTH", "STATE", "REQ/S", "ERR/S", "P50", "P99", "ACTIVE", "QUEUE", "");
    for (JsonNode upstream : live.path("upstreams")) {
      JsonNode figures = upstream.path("figures");
      table.row(
          "",
          upstream.path("name").asText(),
          upstream.path("balance").asText(),
          "",
          right(perSecond(figures, "requests")),
          errors(figures),
          right(time(figures, "p50")),
          right(time(figures, "p99")),
          right(count(figures.path("active"))),
          right(count(upstream.path("queued"))),
          "");
      for (JsonNode server : ordered(upstream, order)) {
        String id = server.path("id").asText();
        JsonNode its = server.path("figures");
        JsonNode ejected = server.path("ejected");
        table.row(
            id.equals(cursor) ? ">" : "",
            "  " + id,
            StatusView.health(server),
            StatusView.state(server),
            right(perSecond(its, "requests")),
            errors(its),
            right(time(its, "p50")),
            right(time(its, "p99")),
            right(count(its.path("active"))),
            "",
            ejected.isObject()
                ? "ejected: " + ejected.path("reason").asText()
                : server.path("reason").asText());
      }
    }
    return table;
  }

  static Cell right(String text) {
    return new Cell(text, Colour.NONE, true);
  }

  private static JsonNode rate(JsonNode of) {
    return of.path("figures").path("rate");
  }

  private static JsonNode latency(JsonNode of) {
    return of.path("figures").path("latency");
  }

  static Cell errors(JsonNode figures) {
    boolean some = figures.path("rate").path("errors").asDouble() > 0;
    return new Cell(perSecond(figures, "errors"), some ? Colour.RED : Colour.NONE, true);
  }

  /** With one digit behind the point as long as that says something. */
  static String perSecond(JsonNode figures, String what) {
    JsonNode rate = figures.path("rate").path(what);
    if (!rate.isNumber()) {
      return "-";
    }
    double value = rate.asDouble();
    return String.format(Locale.ROOT, value == 0 || value >= 100 ? "%.0f" : "%.1f", value);
  }

  static String time(JsonNode figures, String percentile) {
    JsonNode time = figures.path("latency").path(percentile);
    if (!time.isNumber()) {
      return "-";
    }
    double millis = time.asDouble() * 1000;
    if (millis >= 10_000) {
      return String.format(Locale.ROOT, "%.0f s", millis / 1000);
    }
    return String.format(Locale.ROOT, millis < 10 ? "%.1f ms" : "%.0f ms", millis);
  }

  private static String count(JsonNode number) {
    return number.isNumber() ? number.asText() : "-";
  }

  private static String share(double share) {
    return share < 0 ? "-" : String.format(Locale.ROOT, "%.0f %%", share * 100);
  }
}
