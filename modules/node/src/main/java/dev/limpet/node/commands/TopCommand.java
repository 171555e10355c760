package dev.limpet.node.commands;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.limpet.node.terminal.Keys;
import dev.limpet.node.terminal.Screen;
import dev.limpet.node.terminal.Words;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** {@code limpet top}. */
@Command(
    name = "top",
    description = {
      "Show the figures of the whole cluster, redrawn each second: requests, errors, times, what is",
      "under way. Where the output is no terminal, and with --json, once."
    },
    footer = {
      "",
      "Keys:",
      "  up, down, j, k   choose a server",
      "  s                order the servers of each upstream by name, requests/s, errors/s, p99, active",
      "  d                drain the chosen server: it keeps its clients and gets no new ones",
      "  u                have it get new ones again",
      "  q                end"
    },
    exitCodeListHeading = ExitCodes.HEADING,
    exitCodeList = {
      "0:done",
      ExitCodes.FAILURE_WORDS,
      ExitCodes.WRONG_WORDS,
      ExitCodes.NOT_ALLOWED_WORDS
    })
public final class TopCommand extends NodeCommand {

  private static final long EVERY_MILLIS = 1000;

  /** What a node has answered last, and what it could not be asked for since. */
  private record Sight(JsonNode live, String trouble) {}

  /** What a key asks for, until it is confirmed. */
  private record Wish(String server, String state) {

    String question(JsonNode live) {
      JsonNode figures = TopCommand.find(live, server).path("figures");
      return state.equals("drain")
          ? ("drain %s? It gets no new clients, at all nodes; those it has, and %d requests under way,"
                  + " stay. y/n")
              .formatted(server, figures.path("active").asLong())
          : "have %s get new clients again, at all nodes? y/n".formatted(server);
    }
  }

  private final AtomicReference<@Nullable Sight> sight = new AtomicReference<>();
  private volatile @Nullable Refusal refused;
  private TopView.Order order = TopView.Order.NAME;
  private String cursor = "";
  private String said = "";
  private @Nullable Wish asked;

  @Override
  public Integer call() throws IOException, InterruptedException {
    JsonNode first = live();
    if (asJson()) {
      print(first);
    } else if (Screen.isTerminal()) {
      sight.set(new Sight(first, ""));
      watch();
    } else {
      print(TopView.lines(first, order, "", Screen.hasColours()));
    }
    return ExitCodes.DONE;
  }

  private JsonNode live() throws IOException, InterruptedException {
    JsonNode live = node().ask("GET", "/api/v1/live");
    if (!live.path("nodes").isArray() || !live.path("upstreams").isArray()) {
      throw node().notANode("JSON of another kind");
    }
    return live;
  }

  private void watch() throws IOException, InterruptedException {
    Thread asking = Thread.ofVirtual().name("limpet-top").start(this::ask);
    try (Keys keys = Keys.open();
        Screen screen = new Screen(out())) {
      @Nullable Sight drawn = null;
      int key = Keys.NONE;
      while (key != 'q') {
        Refusal end = refused;
        if (end != null) {
          throw end;
        }
        Sight now = sight.get();
        if (now != null && (key != Keys.NONE || !now.equals(drawn))) {
          press(key, now.live);
          draw(now, screen);
          drawn = now;
        }
        key = keys.next();
      }
    } finally {
      asking.interrupt();
    }
  }

  /** Each second, also while no node answers. */
  private void ask() {
    try {
      while (true) {
        Thread.sleep(EVERY_MILLIS);
        Sight before = sight.get();
        try {
          sight.set(new Sight(live(), ""));
        } catch (Refusal refusal) {
          refused = refusal;
          return;
        } catch (IOException e) {
          if (before != null) {
            sight.set(new Sight(before.live, String.valueOf(e.getMessage())));
          }
        }
      }
    } catch (InterruptedException ended) {
      // As it is to.
    }
  }

  private void draw(Sight now, Screen screen) {
    List<String> lines = TopView.lines(now.live, order, cursor, Screen.hasColours());
    Wish question = asked;
    String line = question == null ? said : question.question(now.live);
    lines.add(1, Words.plain(line.isEmpty() ? help() : line));
    if (!now.trouble.isEmpty()) {
      lines.add(1, Words.plain(now.trouble + "; the figures are the last ones"));
    }
    screen.draw(lines);
  }

  private String help() {
    return "q ends, arrows choose, s sorts (by %s), d drains, u ends that".formatted(order.words());
  }

  private void press(int key, JsonNode live) throws InterruptedException {
    if (key == Keys.NONE) {
      return;
    }
    Wish question = asked;
    asked = null;
    said = "";
    if (question != null) {
      said = key == 'y' ? change(question) : "nothing has changed";
      return;
    }
    switch (key) {
      case 's' -> {
        List<TopView.Order> all = List.of(TopView.Order.values());
        order = all.get((all.indexOf(order) + 1) % all.size());
      }
      case Keys.UP, 'k' -> move(live, -1);
      case Keys.DOWN, 'j' -> move(live, 1);
      case 'd' -> want("drain");
      case 'u' -> want("up");
      default -> {}
    }
  }

  private void move(JsonNode live, int by) {
    List<String> servers = TopView.servers(live, order);
    if (!servers.isEmpty()) {
      int at = servers.indexOf(cursor);
      int next = at < 0 ? (by > 0 ? 0 : servers.size() - 1) : at + by;
      cursor = servers.get(Math.clamp(next, 0, servers.size() - 1));
    }
  }

  private void want(String state) {
    if (cursor.isEmpty()) {
      said = "choose a server first: arrows, or j and k";
    } else {
      asked = new Wish(cursor, state);
    }
  }

  private static JsonNode find(JsonNode live, String id) {
    return live.path("upstreams")
        .valueStream()
        .flatMap(upstream -> upstream.path("servers").valueStream())
        .filter(server -> server.path("id").asText().equals(id))
        .findFirst()
        .orElse(JsonNodeFactory.instance.objectNode());
  }

  /** What has come of it, in words. */
  private String change(Wish wanted) throws InterruptedException {
    int slash = wanted.server.indexOf('/');
    String path =
        "/api/v1/upstreams/%s/servers/%s?comment=%s"
            .formatted(
                Words.escaped(wanted.server.substring(0, slash)),
                Words.escaped(wanted.server.substring(slash + 1)),
                Words.escaped("by limpet top"));
    try {
      JsonNode answer =
          node()
              .send(
                  "PATCH",
                  path,
                  JsonNodeFactory.instance.objectNode().put("state", wanted.state),
                  Map.of())
              .orRefusal()
              .json();
      return answer.path("change").isTextual()
          ? "%s: %s (limpet changes undo %s)"
              .formatted(wanted.server, wanted.state, answer.path("change").asText())
          : "nothing has changed: it is so already";
    } catch (IOException e) {
      return String.valueOf(e.getMessage()).lines().findFirst().orElse("it was refused");
    }
  }
}
