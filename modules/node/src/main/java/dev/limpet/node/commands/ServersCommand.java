package dev.limpet.node.commands;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.limpet.node.terminal.Screen;
import dev.limpet.node.terminal.Words;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;

/** {@code limpet servers}. */
@Command(
    name = "servers",
    description = "List the servers of upstreams, and change them while nodes run.",
    synopsisSubcommandLabel = "[COMMAND]",
    scope = ScopeType.INHERIT,
    footer = {
      "",
      "A server is written UPSTREAM/ID, as the list shows it. Values are those of the",
      "settings: address, weight, max-connections, slow-start, backup, zone, state.",
      "",
      "Examples:",
      "  limpet servers add nodejs/10.0.0.7:3000 weight=2 slow-start=30s",
      "  limpet servers set nodejs/10.0.0.7:3000 weight=5 zone=  the file's zone",
      "  limpet servers drain nodejs/10.0.0.5:3000 --wait -m \"new kernel\""
    },
    exitCodeListHeading = ExitCodes.HEADING,
    exitCodeList = {
      "0:done",
      ExitCodes.FAILURE_WORDS,
      ExitCodes.WRONG_WORDS,
      ExitCodes.NOT_FOUND_WORDS,
      ExitCodes.CONFLICT_WORDS,
      ExitCodes.NOT_DURABLE_WORDS,
      ExitCodes.NOT_ALLOWED_WORDS,
      "9:the server is not empty yet, and the time to wait is over"
    })
public final class ServersCommand extends ChangingCommand {

  private static final String UPSTREAMS = "/api/v1/upstreams";

  private static final String SERVER = "UPSTREAM/ID";
  private static final String OF_SERVER = "the server";

  @Override
  public Integer call() throws IOException, InterruptedException {
    return list(null);
  }

  @Command(name = "list", description = "List the servers of all upstreams, or of one.")
  int list(
      @Parameters(arity = "0..1", paramLabel = "UPSTREAM", description = "the only one to list")
          @Nullable String upstream)
      throws IOException, InterruptedException {
    JsonNode answer = upstream == null ? all() : serversOf(upstream);
    if (asJson()) {
      print(answer);
    } else {
      print(ServersView.list(answer.path("servers"), Screen.hasColours()));
    }
    return ExitCodes.DONE;
  }

  private JsonNode all() throws IOException, InterruptedException {
    ArrayNode servers = JsonNodeFactory.instance.arrayNode();
    JsonNode upstreams = get(UPSTREAMS).json().path("upstreams");
    if (!upstreams.isArray()) {
      throw node().notANode("JSON of another kind");
    }
    for (JsonNode upstream : upstreams) {
      serversOf(upstream.path("name").asText()).path("servers").forEach(servers::add);
    }
    return JsonNodeFactory.instance.objectNode().set("servers", servers);
  }

  private JsonNode serversOf(String upstream) throws IOException, InterruptedException {
    return get(pathOf(upstream)).json();
  }

  @Command(name = "show", description = "Show all that is set of a server, and by what.")
  int show(@Parameters(paramLabel = SERVER, description = OF_SERVER) String server)
      throws IOException, InterruptedException {
    Answer answer = get(path(server));
    if (asJson()) {
      print(answer.json());
    } else {
      print(ServersView.one(answer.json(), answer.etag()));
    }
    return ExitCodes.DONE;
  }

  @Command(name = "add", description = "Add a server, at all nodes.")
  int add(
      @Parameters(
              paramLabel = SERVER,
              description = "its id is its address, unless there is address=… behind it")
          String server,
      @Parameters(arity = "0..*", paramLabel = "KEY=VALUE", description = "what else is set")
          List<String> values,
      @Mixin ChangeOptions how)
      throws IOException, InterruptedException {
    ObjectNode body = values(values == null ? List.of() : values);
    body.put(body.has("address") ? "id" : "address", idOf(server));
    return change("POST", pathOf(upstreamOf(server)), body, how);
  }

  @Command(name = "set", description = "Change values of a server; KEY= takes the file's.")
  int set(
      @Parameters(paramLabel = SERVER, description = OF_SERVER) String server,
      @Parameters(arity = "1..*", paramLabel = "KEY=VALUE", description = "what to set")
          List<String> values,
      @Mixin ChangeOptions how)
      throws IOException, InterruptedException {
    return change("PATCH", path(server), values(values), how);
  }

  @Command(name = "remove", description = "Take a server away; its sessions move. Drain it before.")
  int remove(
      @Parameters(paramLabel = SERVER, description = OF_SERVER) String server,
      @Mixin ChangeOptions how)
      throws IOException, InterruptedException {
    return change("DELETE", path(server), null, how);
  }

  @Command(name = "up", description = "Have a server take new clients again.")
  int up(
      @Parameters(paramLabel = SERVER, description = OF_SERVER) String server,
      @Mixin ChangeOptions how)
      throws IOException, InterruptedException {
    return change("PATCH", path(server), state("up"), how);
  }

  @Command(name = "down", description = "Take a server out of use; its sessions move at once.")
  int down(
      @Parameters(paramLabel = SERVER, description = OF_SERVER) String server,
      @Mixin ChangeOptions how)
      throws IOException, InterruptedException {
    return change("PATCH", path(server), state("down"), how);
  }

  @Command(
      name = "drain",
      description = {
        "Have a server keep the clients it has and get no new ones.",
        "With --wait, ends when it is empty: no session in the table is bound to it, and",
        "no node has sent it a request for a while. Ctrl-C ends the wait, not the drain."
      })
  int drain(
      @Parameters(paramLabel = SERVER, description = OF_SERVER) String server,
      @Option(names = "--wait", description = "end when the server is empty") boolean wait,
      @Option(
              names = "--timeout",
              paramLabel = "TIME",
              converter = Words.Time.class,
              description =
                  "wait for so long at most, then end with 9 (default: as long as it takes)")
          @Nullable Duration timeout,
      @Option(
              names = "--quiet",
              paramLabel = "TIME",
              converter = Words.Time.class,
              defaultValue = "30s",
              description =
                  "for how long no request may come: longer than clients with cookies pause"
                      + " (default: ${DEFAULT-VALUE})")
          Duration quiet,
      @Mixin ChangeOptions how)
      throws IOException, InterruptedException {
    JsonNode answer = send("PATCH", path(server), state("drain"), how).json();
    if (!wait || how.isDryRun()) {
      return tell(answer);
    }
    if (!asJson()) {
      tell(answer);
    }
    String id = upstreamOf(server) + "/" + idOf(server);
    DrainWait waiting =
        new DrainWait(node(), answer.path("server").path("id").asText(id), quiet, timeout);
    return waiting.await(out(), asJson());
  }

  private Answer get(String path) throws IOException, InterruptedException {
    return node().send("GET", path, null, Map.of()).orRefusal();
  }

  private static String pathOf(String upstream) {
    return UPSTREAMS + "/" + Words.escaped(upstream) + "/servers";
  }

  private static String path(String server) throws Refusal {
    return pathOf(upstreamOf(server)) + "/" + Words.escaped(idOf(server));
  }

  private static String upstreamOf(String server) throws Refusal {
    return server.substring(0, slash(server));
  }

  private static String idOf(String server) throws Refusal {
    return server.substring(slash(server) + 1);
  }

  private static int slash(String server) throws Refusal {
    int slash = server.indexOf('/');
    if (slash < 1 || slash == server.length() - 1) {
      throw new Refusal(
          "\"%s\" is not UPSTREAM/ID, such as nodejs/10.0.0.5:3000".formatted(server),
          ExitCodes.WRONG);
    }
    return slash;
  }

  private static ObjectNode state(String state) {
    return JsonNodeFactory.instance.objectNode().put("state", state);
  }

  /** Which values there are, and of what kind, is for the node to say. */
  private static ObjectNode values(List<String> given) throws Refusal {
    ObjectNode values = JsonNodeFactory.instance.objectNode();
    List<String> wrong = new ArrayList<>();
    for (String pair : given) {
      int equals = pair.indexOf('=');
      if (equals < 1 || values.has(pair.substring(0, Math.max(0, equals)))) {
        wrong.add(pair);
        continue;
      }
      String value = pair.substring(equals + 1);
      if (value.isEmpty()) {
        values.putNull(pair.substring(0, equals));
      } else if (value.matches("-?[0-9]{1,9}") && !pair.startsWith("zone=")) {
        values.put(pair.substring(0, equals), Integer.parseInt(value));
      } else {
        values.put(pair.substring(0, equals), value);
      }
    }
    if (!wrong.isEmpty()) {
      throw new Refusal(
          "\"%s\" is not KEY=VALUE, or is there twice".formatted(wrong.getFirst()),
          ExitCodes.WRONG);
    }
    return values;
  }
}
