package dev.limpet.node.commands;

import com.fasterxml.jackson.databind.JsonNode;
import dev.limpet.node.terminal.Table;
import dev.limpet.node.terminal.Words;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code limpet sessions}. */
@Command(
    name = "sessions",
    description = "Count the sessions in the table, or find the server of one.",
    footer = {
      "",
      "The table has learned sessions, and those that had to leave the server that",
      "their cookie names.",
      "",
      "Examples:",
      "  limpet sessions                                 how many each server has",
      "  limpet sessions --upstream nodejs s%%3AKk2…      where this session is",
      "  limpet sessions --upstream nodejs - < id        the id in no list of processes"
    },
    exitCodeListHeading = ExitCodes.HEADING,
    exitCodeList = {
      "0:done",
      ExitCodes.FAILURE_WORDS,
      ExitCodes.WRONG_WORDS,
      "5:the node knows no such session",
      ExitCodes.NOT_ALLOWED_WORDS
    })
public final class SessionsCommand extends NodeCommand {

  @Option(
      names = "--upstream",
      paramLabel = "NAME",
      description = "the session's upstream (default: the only one that there is)")
  private @Nullable String upstream;

  @Option(
      names = "--by",
      paramLabel = "RULE",
      defaultValue = "learn",
      completionCandidates = Rules.class,
      description =
          "the affinity rule that knows it: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
  private String by = "";

  @Option(
      names = "--name",
      paramLabel = "NAME",
      defaultValue = "",
      description = "of the cookie, header or parameter, where the rule has several")
  private String name = "";

  @Parameters(
      arity = "0..1",
      paramLabel = "ID",
      description = "as the client sends it; - to read it from standard input")
  private @Nullable String id;

  /** The affinity rules, as settings name them. */
  static final class Rules extends ArrayList<String> {

    private static final long serialVersionUID = 1;

    Rules() {
      super(List.of("learn", "cookie", "route", "header", "query", "socket-io", "ip"));
    }
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    return id == null ? count() : find(id.equals("-") ? read() : id);
  }

  private int count() throws IOException, InterruptedException {
    JsonNode answer = node().send("GET", "/api/v1/sessions", null, Map.of()).orRefusal().json();
    if (!answer.path("upstreams").isObject()) {
      throw node().notANode("JSON of another kind");
    }
    if (asJson()) {
      print(answer);
      return ExitCodes.DONE;
    }
    Table table = new Table("SERVER", "SESSIONS");
    answer
        .path("upstreams")
        .forEach(
            found ->
                found
                    .path("servers")
                    .properties()
                    .forEach(server -> table.row(server.getKey(), server.getValue().asLong())));
    List<String> lines = new ArrayList<>(table.lines(false));
    JsonNode counters = answer.path("counters");
    lines.add("");
    lines.add("sessions in the table: " + answer.path("table").asLong());
    lines.add(
        ("since this node's start: bound %d, moved %d, expired %d, evicted %d, conflicts %d,"
                + " without a majority %d")
            .formatted(
                counters.path("bound").asLong(),
                counters.path("moved").asLong(),
                counters.path("expired").asLong(),
                counters.path("evicted").asLong(),
                counters.path("conflicts").asLong(),
                counters.path("quorumFailures").asLong()));
    print(lines);
    return ExitCodes.DONE;
  }

  private int find(String session) throws IOException, InterruptedException {
    String query =
        "?upstream=%s&by=%s&name=%s&id=%s"
            .formatted(
                Words.escaped(upstream()),
                Words.escaped(by),
                Words.escaped(name),
                Words.escaped(session));
    JsonNode answer =
        node().send("GET", "/api/v1/sessions" + query, null, Map.of()).orRefusal().json();
    if (asJson()) {
      print(answer);
    } else {
      print(
          List.of(
              Words.plain(
                  "%s, for %s more if nobody uses it"
                      .formatted(
                          answer.path("server").asText(),
                          Words.of(Duration.ofSeconds(answer.path("secondsLeft").asLong()))))));
    }
    return ExitCodes.DONE;
  }

  private String upstream() throws IOException, InterruptedException {
    if (upstream != null) {
      return upstream;
    }
    List<String> names = new ArrayList<>();
    node()
        .ask("GET", "/api/v1/sessions")
        .path("upstreams")
        .fieldNames()
        .forEachRemaining(names::add);
    if (names.size() != 1) {
      throw new Refusal("--upstream: say which one of " + names, ExitCodes.WRONG);
    }
    return names.getFirst();
  }

  private static String read() throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    return Objects.requireNonNullElse(in.readLine(), "").strip();
  }
}
