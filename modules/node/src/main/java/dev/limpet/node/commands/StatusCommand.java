package dev.limpet.node.commands;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code limpet status}. */
@Command(
    name = "status",
    description = "Ask a running node how it and its cluster are.",
    exitCodeListHeading = "%nEnds with:%n",
    exitCodeList = {
      "0:the node is ready, and each upstream has a server that is up",
      "1:no node answers at that address",
      "3:the node is not ready",
      "4:an upstream has no server that is up"
    })
public final class StatusCommand implements Callable<Integer> {

  private static final int NOT_READY = 3;
  private static final int NO_SERVER = 4;

  @Spec private CommandSpec spec;

  @Mixin private AdminClient admin;

  @Override
  public Integer call() throws IOException, InterruptedException {
    JsonNode state = admin.ask("GET", "/api/v1/state");
    JsonNode node = state.path("node");
    if (!node.path("name").isTextual() || !state.path("upstreams").isObject()) {
      throw admin.notANode("JSON of another kind");
    }
    print(state, spec.commandLine().getOut());
    if (!node.path("ready").asBoolean()) {
      return NOT_READY;
    }
    return state.path("upstreams").valueStream().allMatch(StatusCommand::hasServer) ? 0 : NO_SERVER;
  }

  private static boolean hasServer(JsonNode upstream) {
    return upstream
        .path("servers")
        .valueStream()
        .anyMatch(
            server ->
                server.path("health").asText().equals("up")
                    && server.path("state").asText().equals("up"));
  }

  private static String readiness(JsonNode node) {
    String waitingFor = node.path("waitingFor").asText();
    if (node.path("degraded").asBoolean()) {
      return "ready, but degraded: waiting for " + waitingFor;
    }
    return node.path("ready").asBoolean() ? "ready" : "not ready: waiting for " + waitingFor;
  }

  private static void print(JsonNode state, PrintWriter out) {
    JsonNode node = state.path("node");
    out.printf(
        "%s is %s, up %d s, %d requests, %d connections%n",
        node.path("name").asText(),
        readiness(node),
        node.path("uptimeSeconds").asLong(),
        node.path("requests").asLong(),
        node.path("connections").asLong());
    JsonNode room = node.path("room");
    out.printf(
        "connections hold %d MB of %d; closed for room %d, cut %d, refused %d%n",
        room.path("held").asLong() >> 20,
        room.path("most").asLong() >> 20,
        room.path("closed").asLong(),
        room.path("cut").asLong(),
        room.path("refused").asLong());
    out.printf("%n%-24s %-24s %s%n", "NODE", "ADDRESS", "STATUS");
    for (JsonNode member : state.path("members")) {
      out.printf(
          "%-24s %-24s %s%s%n",
          member.path("name").asText(),
          member.path("address").asText(),
          member.path("status").asText(),
          member.path("reachable").asBoolean() ? "" : ", unreachable");
    }
    out.printf("%n%-40s %-8s %-8s %s%n", "SERVER", "HEALTH", "STATE", "ACTIVE");
    for (Map.Entry<String, JsonNode> entry : state.path("upstreams").properties()) {
      JsonNode upstream = entry.getValue();
      if (upstream.path("servers").isEmpty()) {
        out.printf("%-40s has no servers%n", entry.getKey());
      }
      for (JsonNode server : upstream.path("servers")) {
        JsonNode ejected = server.path("ejected");
        out.printf(
            "%-40s %-8s %-8s %-6d %s%n",
            server.path("id").asText(),
            server.path("health").asText(),
            server.path("state").asText(),
            server.path("active").asInt(),
            ejected.isObject()
                ? "ejected: " + ejected.path("reason").asText()
                : server.path("reason").asText());
      }
    }
    out.printf("%nsessions in the table: %d%n", state.path("sessions").path("table").asLong());
    out.flush();
  }
}
