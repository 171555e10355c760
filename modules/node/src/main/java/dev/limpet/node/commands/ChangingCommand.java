package dev.limpet.node.commands;

import com.fasterxml.jackson.databind.JsonNode;
import dev.limpet.node.terminal.Words;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A command that changes something while nodes run. */
abstract class ChangingCommand extends NodeCommand {

  /**
   * Sends a change and tells what has come of it.
   *
   * @param body null for none
   * @return what the command ends with
   */
  final int change(String method, String path, @Nullable JsonNode body, ChangeOptions how)
      throws IOException, InterruptedException {
    return tell(send(method, path, body, how).json());
  }

  final Answer send(String method, String path, @Nullable JsonNode body, ChangeOptions how)
      throws IOException, InterruptedException {
    return node().send(method, path + how.query(), body, how.headers()).orRefusal();
  }

  final int tell(JsonNode answer) {
    if (asJson()) {
      print(answer);
    } else {
      print(lines(answer));
    }
    return exitCode(answer);
  }

  private static List<String> lines(JsonNode answer) {
    List<String> lines = new ArrayList<>();
    if (answer.path("dry-run").asBoolean()) {
      answer.path("changes").forEach(line -> lines.add("would change: " + plain(line)));
      return lines.isEmpty() ? List.of("would change nothing") : lines;
    }
    if (!answer.path("change").isTextual()) {
      return List.of("nothing has changed: it is so already");
    }
    answer.path("summary").forEach(line -> lines.add(plain(line)));
    JsonNode held = answer.path("durability").path("held");
    lines.add(
        "change %s, held by %d %s"
            .formatted(
                plain(answer.path("change")), held.asInt(), held.asInt() == 1 ? "node" : "nodes"));
    if (exitCode(answer) == ExitCodes.NOT_DURABLE) {
      lines.add(
          "it holds, but would be lost with them: a majority is "
              + answer.path("durability").path("majority").asInt());
    }
    return lines;
  }

  private static int exitCode(JsonNode answer) {
    JsonNode durability = answer.path("durability");
    return durability.path("held").asInt() < durability.path("majority").asInt()
        ? ExitCodes.NOT_DURABLE
        : ExitCodes.DONE;
  }

  private static String plain(JsonNode text) {
    return Words.plain(text.asText());
  }
}
