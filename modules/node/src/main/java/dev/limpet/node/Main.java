package dev.limpet.node;

import dev.limpet.node.certs.CertsCommand;
import dev.limpet.node.commands.ChangesCommand;
import dev.limpet.node.commands.CompletionCommand;
import dev.limpet.node.commands.ManualCommand;
import dev.limpet.node.commands.ReloadCommand;
import dev.limpet.node.commands.ServersCommand;
import dev.limpet.node.commands.SessionsCommand;
import dev.limpet.node.commands.SharesCommand;
import dev.limpet.node.commands.StatusCommand;
import dev.limpet.node.commands.TopCommand;
import dev.limpet.node.demo.DemoCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExitCodeGenerator;
import picocli.CommandLine.Model.OptionSpec;

/** The command line. */
@Command(
    name = "limpet",
    description =
        "An HTTP load balancer for Node.js whose nodes remember where each client belongs.",
    mixinStandardHelpOptions = true,
    versionProvider = VersionCommand.class,
    subcommands = {
      DemoCommand.class,
      RunCommand.class,
      CheckCommand.class,
      StatusCommand.class,
      TopCommand.class,
      ServersCommand.class,
      SharesCommand.class,
      ChangesCommand.class,
      SessionsCommand.class,
      ReloadCommand.Reload.class,
      ReloadCommand.Diff.class,
      CertsCommand.class,
      TokenCommand.class,
      CompletionCommand.class,
      VersionCommand.class,
      ManualCommand.class,
      RehearseCommand.class
    },
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Examples:",
      "  limpet demo                                  three nodes, three servers",
      "  limpet check config/quickstart.conf          find every mistake before it runs",
      "  limpet run --config config/quickstart.conf   run one node",
      "  limpet status                                ask a running node how it is; --help: exit codes",
      "  limpet top                                   watch the whole cluster, and drain servers",
      "  limpet reload                                have it read its file again"
    })
public final class Main {

  /**
   * Exit codes are 0 for success, 1 for a failure, 2 for a mistake in the words or settings; 3 for
   * a machine that is too slow for a scenario of the demo, and others that {@code --help} tells.
   */
  public static void main(String[] arguments) {
    Logging.off();
    int code = commandLine().execute(arguments);
    Logging.close();
    System.exit(code);
  }

  private static void helpForAll(CommandLine line) {
    for (CommandLine command : line.getSubcommands().values()) {
      if (command.getCommandSpec().findOption("--help") == null) {
        command
            .getCommandSpec()
            .addOption(
                OptionSpec.builder("-h", "--help")
                    .usageHelp(true)
                    .description("show this help message and exit")
                    .build());
      }
      helpForAll(command);
    }
  }

  static CommandLine commandLine() {
    CommandLine line = new CommandLine(new Main()).setCaseInsensitiveEnumValuesAllowed(true);
    helpForAll(line);
    line.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          String message = failure.getMessage();
          command.getErr().println("limpet: " + (message == null ? failure : message));
          return failure instanceof IExitCodeGenerator told ? told.getExitCode() : 1;
        });
    return line;
  }
}
