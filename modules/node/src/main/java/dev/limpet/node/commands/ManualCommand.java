package dev.limpet.node.commands;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code limpet manual}: limpet(1) in roff, from the help of all commands. Packages ship it. */
@Command(name = "manual", hidden = true)
public final class ManualCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    CommandLine limpet = spec.root().commandLine();
    PrintWriter out = spec.commandLine().getOut();
    out.print(
        """
        .TH LIMPET 1 "" "" "Limpet"
        .SH NAME
        limpet \\- HTTP load balancer for Node.js
        .SH DESCRIPTION
        """);
    usage(out, limpet);
    out.println(".SH COMMANDS");
    commands(out, limpet);
    out.print(
        """
        .SH ENVIRONMENT
        .TP
        .B LIMPET_JAVA_OPTS
        Options for Java, such as \\-Xmx2g.
        .TP
        .B LIMPET_JAVA_HOME
        The Java to run with, where the first one that will do is not the right one.
        .TP
        .B LIMPET_TOKEN
        Shows the node who asks: the token of an operator.
        .SH FILES
        .TP
        .I /etc/limpet/limpet.conf
        The settings of a node that runs as a service.
        .TP
        .I /var/lib/limpet
        What it keeps over a stop: keys, sessions, changes.
        .TP
        .I ~/.config/limpet/token
        The token of an operator.
        .SH SEE ALSO
        systemctl(1), journalctl(1)
        """);
    out.flush();
    return ExitCodes.DONE;
  }

  private static void commands(PrintWriter out, CommandLine of) {
    for (CommandLine command : of.getSubcommands().values()) {
      if (!command.getCommandSpec().usageMessage().hidden()) {
        out.println(".SS " + roff(command.getCommandSpec().qualifiedName()));
        usage(out, command);
        commands(out, command);
      }
    }
  }

  /** Line by line, as the help on a terminal. */
  private static void usage(PrintWriter out, CommandLine command) {
    out.println(".nf");
    command.getUsageMessage(Ansi.OFF).lines().map(ManualCommand::roff).forEach(out::println);
    out.println(".fi");
  }

  private static String roff(String line) {
    String escaped = line.replace("\\", "\\e").replace("-", "\\-");
    return escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" + escaped : escaped;
  }
}
