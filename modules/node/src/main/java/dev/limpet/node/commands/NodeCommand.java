package dev.limpet.node.commands;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** A command that asks a running node. Its options may stand before or after its subcommand. */
abstract class NodeCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private AdminClient node;

  @Option(
      names = "--json",
      scope = ScopeType.INHERIT,
      description = "print what the node answers, as one JSON document")
  private boolean json;

  final AdminClient node() {
    return node;
  }

  final boolean asJson() {
    return json;
  }

  final PrintWriter out() {
    return spec.commandLine().getOut();
  }

  final PrintWriter err() {
    return spec.commandLine().getErr();
  }

  final void print(List<String> lines) {
    lines.forEach(out()::println);
    out().flush();
  }

  /** What machines read. */
  final void print(JsonNode document) {
    out().println(document);
    out().flush();
  }
}
