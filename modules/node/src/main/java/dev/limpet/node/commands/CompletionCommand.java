package dev.limpet.node.commands;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code limpet completion}. */
@Command(
    name = "completion",
    description = "Print the script by which bash and zsh complete commands and options.",
    footer = {
      "",
      "  source <(limpet completion)                         in ~/.bashrc or ~/.zshrc",
      "  limpet completion > /etc/bash_completion.d/limpet   for all users of bash"
    })
public final class CompletionCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine()
        .getOut()
        .print(AutoComplete.bash(spec.root().name(), spec.root().commandLine()));
    spec.commandLine().getOut().flush();
    return ExitCodes.DONE;
  }
}
