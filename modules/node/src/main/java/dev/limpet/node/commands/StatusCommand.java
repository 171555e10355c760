package dev.limpet.node.commands;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.limpet.node.terminal.Screen;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code limpet status}. */
@Command(
    name = "status",
    description = "Ask a running node how it and its cluster are.",
    exitCodeListHeading = ExitCodes.HEADING,
    exitCodeList = {
      "0:the node is ready, and each upstream has a server that is up",
      ExitCodes.FAILURE_WORDS,
      ExitCodes.WRONG_WORDS,
      "3:the node is not ready",
      "4:an upstream has no server that is up",
      ExitCodes.NOT_ALLOWED_WORDS
    })
public final class StatusCommand extends NodeCommand {

  private static final long EVERY_MILLIS = 1000;

  @Option(
      names = "--watch",
      description = {
        "ask each second until Ctrl-C, also while no node answers: redrawn in place on a terminal,",
        "else a line each second"
      })
  private boolean watch;

  @Override
  public Integer call() throws IOException, InterruptedException {
    JsonNode state = state();
    if (watch) {
      watch(state);
    }
    if (asJson()) {
      print(state);
    } else {
      print(StatusView.lines(state, figures(), Screen.hasColours()));
    }
    if (!state.path("node").path("ready").asBoolean()) {
      return ExitCodes.NOT_READY;
    }
    return state.path("upstreams").valueStream().allMatch(StatusView::hasServer)
        ? ExitCodes.DONE
        : ExitCodes.NO_SERVER;
  }

  private JsonNode state() throws IOException, InterruptedException {
    JsonNode state = node().ask("GET", "/api/v1/state");
    if (!state.path("node").path("name").isTextual() || !state.path("upstreams").isObject()) {
      throw node().notANode("JSON of another kind");
    }
    return state;
  }

  /** The cluster's figures, where the node has them: one of an older version has none. */
  private JsonNode figures() throws InterruptedException {
    try {
      Answer answer = node().send("GET", "/api/v1/live", null, Map.of());
      return answer.isRefusal() ? MissingNode.getInstance() : answer.json();
    } catch (IOException notThere) {
      return MissingNode.getInstance();
    }
  }

  /** Ends by Ctrl-C only, or where the node does not let us in any more. */
  private void watch(JsonNode first) throws IOException, InterruptedException {
    try (Screen screen = new Screen(out())) {
      @Nullable JsonNode before = null;
      JsonNode state = first;
      while (true) {
        show(state, before, screen);
        before = state;
        Thread.sleep(EVERY_MILLIS);
        state = next(screen);
      }
    }
  }

  private void show(JsonNode state, @Nullable JsonNode before, Screen screen)
      throws InterruptedException {
    if (asJson()) {
      print(state);
    } else if (Screen.isTerminal()) {
      List<String> view = StatusView.lines(state, figures(), Screen.hasColours());
      view.addFirst(StatusView.pulse(state, before));
      screen.draw(view);
    } else {
      print(List.of(StatusView.line(state, before)));
    }
  }

  private JsonNode next(Screen screen) throws IOException, InterruptedException {
    while (true) {
      try {
        return state();
      } catch (Refusal refusal) {
        throw refusal;
      } catch (IOException notThere) {
        String line = StatusView.now() + " " + notThere.getMessage();
        if (Screen.isTerminal() && !asJson()) {
          screen.draw(List.of(line));
        } else {
          err().println(line);
        }
        Thread.sleep(EVERY_MILLIS);
      }
    }
  }
}
