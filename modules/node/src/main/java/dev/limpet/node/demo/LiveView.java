package dev.limpet.node.demo;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A view of what is alive and what it does: redrawn in place on a terminal; elsewhere, a line for
 * each death and return.
 */
final class LiveView {

  private final Demo demo;
  private final PrintWriter out;
  private final boolean terminal;
  private final Map<String, Boolean> alive = new HashMap<>();
  private int drawn;

  LiveView(Demo demo, PrintWriter out, boolean terminal) {
    this.demo = demo;
    this.out = out;
    this.terminal = terminal;
  }

  void refresh() throws InterruptedException {
    if (terminal) {
      draw();
    } else {
      tellChanges();
    }
    out.flush();
  }

  private void draw() throws InterruptedException {
    List<String> lines = lines();
    if (demo.isClosing()) {
      return;
    }
    if (drawn > 0) {
      // So many lines up, and clear what is below.
      out.print("\u001b[" + drawn + "A\u001b[J");
    }
    lines.forEach(out::println);
    drawn = lines.size();
  }

  private List<String> lines() throws InterruptedException {
    Map<String, String> health = new HashMap<>();
    Map<String, Integer> active = new HashMap<>();
    List<String> lines = new ArrayList<>();
    lines.add("");
    lines.add(
        "%-10s %-22s %8s %9s %12s".formatted("NODE", "", "PROCESS", "REQUESTS", "CONNECTIONS"));
    for (int i = 1; i <= Blueprint.SIZE; i++) {
      Part part = demo.part("node-" + i);
      JsonNode state = demo.isAlive(part.name()) ? demo.state(i) : null;
      if (state == null) {
        lines.add(dead(part));
        continue;
      }
      for (JsonNode server : state.path("upstreams").path("chat").path("servers")) {
        String address = server.path("address").asText();
        health.put(address, server.path("health").asText());
        active.merge(address, server.path("active").asInt(), Integer::sum);
      }
      lines.add(
          "%-10s %-22s %8d %9d %12d%s"
              .formatted(
                  part.name(),
                  part.url(),
                  demo.pid(part.name()),
                  state.path("node").path("requests").asLong(),
                  state.path("node").path("connections").asInt(),
                  state.path("node").path("ready").asBoolean() ? "" : "  not ready yet"));
    }
    lines.add("%-10s %-22s %8s %9s %12s".formatted("BACKEND", "", "PROCESS", "HEALTH", "ACTIVE"));
    for (int i = 1; i <= Blueprint.SIZE; i++) {
      Part part = demo.part("backend-" + i);
      String address = part.address();
      lines.add(
          demo.isAlive(part.name())
              ? "%-10s %-22s %8d %9s %12d"
                  .formatted(
                      part.name(),
                      part.url(),
                      demo.pid(part.name()),
                      health.getOrDefault(address, "?"),
                      active.getOrDefault(address, 0))
              : dead(part));
    }
    return lines;
  }

  private String dead(Part part) {
    return "%-10s %-22s     dead   bring it back: ./limpet demo%s start %s"
        .formatted(part.name(), part.url(), demo.chosenPorts(), part.name());
  }

  private void tellChanges() {
    for (Part part : demo.allParts()) {
      boolean now = demo.isAlive(part.name());
      Boolean before = alive.put(part.name(), now);
      if (before != null && before != now && !demo.isClosing()) {
        out.println(
            now
                ? part.name() + " has been started, process " + demo.pid(part.name())
                : part.name()
                    + " has died; bring it back: ./limpet demo"
                    + demo.chosenPorts()
                    + " start "
                    + part.name());
      }
    }
  }
}
