package dev.limpet.node.commands;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
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
import picocli.CommandLine.ScopeType;

/** {@code limpet changes}. */
@Command(
    name = "changes",
    description = "Show who changed what while nodes run, and take changes back.",
    synopsisSubcommandLabel = "[COMMAND]",
    scope = ScopeType.INHERIT,
    footer = {
      "",
      "The beginning of an id is enough, where only one change begins so.",
      "",
      "Examples:",
      "  limpet changes list --since 2h --server nodejs/10.0.0.5:3000",
      "  limpet changes undo 0k3f -m \"canary is slow\"",
      "  limpet changes export > changes.conf    what to include in the settings file"
    },
    exitCodeListHeading = ExitCodes.HEADING,
    exitCodeList = {
      "0:done",
      ExitCodes.FAILURE_WORDS,
      ExitCodes.WRONG_WORDS,
      "5:there is no such change",
      ExitCodes.CONFLICT_WORDS,
      ExitCodes.NOT_DURABLE_WORDS,
      ExitCodes.NOT_ALLOWED_WORDS
    })
public final class ChangesCommand extends ChangingCommand {

  private static final String CHANGES = "/api/v1/changes";
  private static final String USUAL_LIMIT = "20";
  private static final String ID = "the change's id, or its beginning";
  private static final int MOST_NAMED = 10;

  @Override
  public Integer call() throws IOException, InterruptedException {
    return list(USUAL_LIMIT, "", "", "", "");
  }

  @Command(name = "list", description = "List the newest changes.")
  int list(
      @Option(
              names = "--limit",
              paramLabel = "N",
              defaultValue = USUAL_LIMIT,
              description = "so many at most (default: ${DEFAULT-VALUE})")
          String limit,
      @Option(
              names = "--since",
              paramLabel = "TIME",
              defaultValue = "",
              description = "not older than 90m, 2h, 7d, a date, or a time (ISO 8601)")
          String since,
      @Option(
              names = "--until",
              paramLabel = "TIME",
              defaultValue = "",
              description = "not newer, likewise")
          String until,
      @Option(
              names = "--who",
              paramLabel = "NAME",
              defaultValue = "",
              description = "those of one operator")
          String who,
      @Option(
              names = "--server",
              paramLabel = "UPSTREAM/ID",
              defaultValue = "",
              description = "those of one server")
          String server)
      throws IOException, InterruptedException {
    StringBuilder query = new StringBuilder("?limit=").append(Words.escaped(limit));
    Map.of("since", since, "until", until, "who", who, "server", server)
        .forEach(
            (name, value) ->
                query.append(value.isEmpty() ? "" : "&" + name + "=" + Words.escaped(value)));
    JsonNode answer = get(CHANGES + query);
    if (!answer.path("changes").isArray()) {
      throw node().notANode("JSON of another kind");
    }
    if (asJson()) {
      print(answer);
      return ExitCodes.DONE;
    }
    print(ChangesView.list(answer.path("changes"), System.currentTimeMillis()));
    if (answer.has("next")) {
      err().println("there are older ones: --limit shows more");
    }
    String trouble = answer.path("trouble").asText();
    if (!trouble.isEmpty()) {
      err().println("warning: the node keeps no changes: " + Words.plain(trouble));
    }
    return ExitCodes.DONE;
  }

  @Command(name = "show", description = "Show all of a change.")
  int show(@Parameters(paramLabel = "ID", description = ID) String id)
      throws IOException, InterruptedException {
    JsonNode change = find(id);
    if (asJson()) {
      print(change);
    } else {
      print(ChangesView.one(change, System.currentTimeMillis()));
    }
    return ExitCodes.DONE;
  }

  @Command(
      name = "undo",
      description =
          "Take a change back, unless the same was changed again. That, too, is a change.")
  int undo(@Parameters(paramLabel = "ID", description = ID) String id, @Mixin ChangeOptions how)
      throws IOException, InterruptedException {
    String whole = find(id).path("id").asText();
    return change("POST", CHANGES + "/" + Words.escaped(whole) + "/undo", null, how);
  }

  @Command(
      name = "export",
      description = "Print the settings that make the changes permanent, as HOCON.")
  int export() throws IOException, InterruptedException {
    JsonNode hocon =
        node()
            .send("GET", CHANGES + "/export", null, Map.of("Accept", "text/plain"))
            .orRefusal()
            .json();
    if (asJson()) {
      print(JsonNodeFactory.instance.objectNode().set("hocon", hocon));
    } else {
      out().print(hocon.asText());
      out().flush();
    }
    return ExitCodes.DONE;
  }

  @Command(name = "discard", description = "Go back to what the settings file says, in all.")
  int discard(@Mixin ChangeOptions how) throws IOException, InterruptedException {
    return change("POST", CHANGES + "/discard", null, how);
  }

  private JsonNode get(String path) throws IOException, InterruptedException {
    return node().send("GET", path, null, Map.of()).orRefusal().json();
  }

  /**
   * @param id whole, or its beginning
   */
  private JsonNode find(String id) throws IOException, InterruptedException {
    Answer exact = node().send("GET", CHANGES + "/" + Words.escaped(id), null, Map.of());
    if (exact.status() != 404) {
      return exact.orRefusal().json();
    }
    List<JsonNode> found = new ArrayList<>();
    @Nullable String page = CHANGES + "?limit=1000";
    while (page != null) {
      JsonNode answer = get(page);
      answer.path("changes").valueStream().filter(change -> begins(change, id)).forEach(found::add);
      page = answer.path("next").textValue();
    }
    if (found.size() == 1) {
      return found.getFirst();
    }
    if (found.isEmpty()) {
      exact.orRefusal();
    }
    List<String> lines = new ArrayList<>();
    lines.add("%d changes begin with \"%s\":".formatted(found.size(), id));
    JsonNode some =
        JsonNodeFactory.instance
            .arrayNode()
            .addAll(found.subList(0, Math.min(MOST_NAMED, found.size())));
    lines.addAll(ChangesView.list(some, System.currentTimeMillis()));
    throw new Refusal(String.join(System.lineSeparator(), lines), ExitCodes.WRONG);
  }

  private static boolean begins(JsonNode change, String id) {
    return change.path("id").asText().startsWith(id);
  }
}
