package dev.limpet.e2e.changes;

import com.fasterxml.jackson.databind.JsonNode;
import dev.limpet.e2e.affinity.site.ClientKind;
import dev.limpet.e2e.affinity.site.TestedNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What one node says that has been changed.
 *
 * @param changes the newest first
 * @param weights of servers, by upstream and id
 */
record Ledger(List<Entry> changes, Map<String, Integer> weights) {

  /** A change of the history. */
  record Entry(String id, String comment, String path, String value) {}

  static Ledger of(TestedNode node) throws IOException, InterruptedException {
    NodeApi api = new NodeApi(node.adminAddress());
    List<Entry> changes = new ArrayList<>();
    String next = "/api/v1/changes?limit=1000";
    while (!next.isEmpty()) {
      JsonNode page = ok(api.get(next));
      for (JsonNode change : page.path("changes")) {
        JsonNode step = change.path("steps").path(0);
        changes.add(
            new Entry(
                change.path("id").asText(),
                change.path("comment").asText(),
                step.path("path").path(1).asText() + "/" + step.path("path").path(3).asText(),
                step.path("value").asText()));
      }
      next = page.path("next").asText();
    }
    Map<String, Integer> weights = new TreeMap<>();
    for (ClientKind kind : ClientKind.ALL) {
      for (JsonNode server :
          ok(api.get("/api/v1/upstreams/" + kind.name() + "/servers")).path("servers")) {
        String id = server.path("id").asText();
        weights.put(
            kind.name() + "/" + id.substring(id.indexOf('/') + 1), server.path("weight").asInt());
      }
    }
    return new Ledger(changes, weights);
  }

  private static JsonNode ok(NodeApi.Answer answer) throws IOException {
    if (answer.status() != 200) {
      throw new IOException(answer.toString());
    }
    return answer.body();
  }
}
