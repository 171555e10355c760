package dev.limpet.node.commands;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.limpet.node.terminal.Table;
import dev.limpet.node.terminal.Words;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code limpet shares}. */
@Command(
    name = "shares",
    description = "Show how routes share their clients between upstreams, and change it.",
    footer = {
      "",
      "Examples:",
      "  limpet shares                            all routes",
      "  limpet shares shop nodejs=90 canary=10   a tenth of new clients to canary",
      "  limpet shares shop --reset               as the settings file says"
    },
    exitCodeListHeading = ExitCodes.HEADING,
    exitCodeList = {
      "0:done",
      ExitCodes.FAILURE_WORDS,
      ExitCodes.WRONG_WORDS,
      ExitCodes.NOT_FOUND_WORDS,
      ExitCodes.CONFLICT_WORDS,
      ExitCodes.NOT_DURABLE_WORDS,
      ExitCodes.NOT_ALLOWED_WORDS
    })
public final class SharesCommand extends ChangingCommand {

  private static final String ROUTES = "/api/v1/routes";

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "ROUTE",
      description = "a route's name, or its path where it has none")
  private @Nullable String route;

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "UPSTREAM=WEIGHT",
      description = "what the upstream gets of the sum of all weights; UPSTREAM= takes the file's")
  private List<String> weights = new ArrayList<>();

  @Option(names = "--reset", description = "go back to what the settings file says")
  private boolean reset;

  @Mixin private ChangeOptions how;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (route == null) {
      JsonNode answer = get(ROUTES).json();
      return show(answer, answer.path("routes"), "");
    }
    String path = ROUTES + "/" + Words.escaped(route) + "/shares";
    if (reset || !weights.isEmpty()) {
      ObjectNode body = JsonNodeFactory.instance.objectNode();
      body.set("shares", reset ? body.nullNode() : shares());
      return change("PATCH", path, body, how);
    }
    Answer answer = get(path);
    return show(
        answer.json(), JsonNodeFactory.instance.arrayNode().add(answer.json()), answer.etag());
  }

  private Answer get(String path) throws IOException, InterruptedException {
    return node().send("GET", path, null, Map.of()).orRefusal();
  }

  private int show(JsonNode answer, JsonNode routes, String version) {
    if (asJson()) {
      print(answer);
      return ExitCodes.DONE;
    }
    Table table = new Table("ROUTE", "HOSTS", "SHARES", "FROM", "");
    for (JsonNode found : routes) {
      List<String> hosts = new ArrayList<>();
      found.path("hosts").forEach(host -> hosts.add(host.asText()));
      table.row(
          found.path("route").asText(),
          String.join(", ", hosts),
          words(found.path("shares")),
          found.path("source").asText(),
          found.has("file") ? "the file says " + words(found.path("file")) : "");
    }
    List<String> lines = table.lines(false);
    if (!version.isEmpty()) {
      lines.add("version: " + version.replace("\"", ""));
    }
    print(lines);
    return ExitCodes.DONE;
  }

  private static String words(JsonNode shares) {
    List<String> words = new ArrayList<>();
    for (Map.Entry<String, JsonNode> share : shares.properties()) {
      words.add(share.getKey() + "=" + share.getValue().asText());
    }
    return String.join(" ", words);
  }

  private ObjectNode shares() throws Refusal {
    ObjectNode shares = JsonNodeFactory.instance.objectNode();
    for (String pair : weights) {
      int equals = pair.lastIndexOf('=');
      String weight = pair.substring(equals + 1);
      if (equals < 1 || !weight.matches("[0-9]{0,9}")) {
        throw new Refusal(
            "\"%s\" is not UPSTREAM=WEIGHT, such as canary=10".formatted(pair), ExitCodes.WRONG);
      }
      if (weight.isEmpty()) {
        shares.putNull(pair.substring(0, equals));
      } else {
        shares.put(pair.substring(0, equals), Integer.parseInt(weight));
      }
    }
    return shares;
  }
}
