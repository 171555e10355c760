package dev.limpet.node.commands;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code limpet reload} and {@code limpet diff}. */
public abstract class ReloadCommand implements Callable<Integer> {

  /** {@code limpet reload}. */
  @Command(
      name = "reload",
      description = "Have a running node read its configuration file again and apply it.",
      footer = {
        "",
        "Connections, WebSockets and sessions go on. A file with mistakes changes nothing; it is",
        "reported and ends with 2. SIGHUP does the same, and says in the log what came of it."
      })
  public static final class Reload extends ReloadCommand {

    @Override
    String method() {
      return "POST";
    }

    @Override
    String nothing() {
      return "nothing has changed";
    }
  }

  /** {@code limpet diff}. */
  @Command(
      name = "diff",
      description = "Show what limpet reload would change.",
      footer = {"", "Ends with 2 if the file has mistakes."})
  public static final class Diff extends ReloadCommand {

    @Override
    String method() {
      return "GET";
    }

    @Override
    String nothing() {
      return "a reload would change nothing";
    }
  }

  @Spec private CommandSpec spec;

  @Mixin private AdminClient admin;

  abstract String method();

  abstract String nothing();

  @Override
  public Integer call() throws IOException, InterruptedException {
    JsonNode outcome = admin.ask(method(), "/api/v1/reload");
    if (!outcome.path("mistakes").isEmpty()) {
      outcome.path("mistakes").forEach(line -> spec.commandLine().getErr().println(line.asText()));
      return 2;
    }
    PrintWriter out = spec.commandLine().getOut();
    if (outcome.path("changes").isEmpty() && outcome.path("needRestart").isEmpty()) {
      out.println(nothing());
    }
    outcome.path("changes").forEach(line -> out.println(line.asText()));
    outcome
        .path("needRestart")
        .forEach(line -> out.println(line.asText() + " (takes a restart of the node)"));
    outcome.path("withoutEffect").forEach(line -> out.println(line.asText()));
    out.flush();
    return 0;
  }
}
