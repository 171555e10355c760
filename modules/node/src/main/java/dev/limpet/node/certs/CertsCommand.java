package dev.limpet.node.certs;

import dev.limpet.model.net.HostPort;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code limpet certs}. */
@Command(
    name = "certs",
    description = "Certificates for mutual TLS between nodes (cluster.tls).",
    mixinStandardHelpOptions = true,
    subcommands = CertsCommand.Init.class,
    synopsisSubcommandLabel = "COMMAND")
public final class CertsCommand {

  /** {@code limpet certs init}. */
  @Command(
      name = "init",
      description = {
        "Make an authority and a certificate for each node, as far as they are not there yet.",
        "The key of the authority, ca.key, makes nodes: keep it off the nodes."
      },
      mixinStandardHelpOptions = true,
      footer = {
        "",
        "Examples:",
        "  limpet certs init --dir certs edge-1=10.0.0.1 edge-2=10.0.0.2 edge-3=10.0.0.3",
        "  limpet certs init --dir certs edge-4=10.0.0.4            one more, of the same authority",
        "",
        "Each node gets ca.crt and its own two files:",
        "  cluster.tls { certificate = certs/edge-1.crt, key = certs/edge-1.key, ca = certs/ca.crt }",
        "",
        "A certificate that is to be made anew is removed first, with its key."
      })
  static final class Init implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Option(
        names = {"-d", "--dir"},
        paramLabel = "DIR",
        required = true,
        description = "where the files are, or are made")
    private Path directory;

    @Option(
        names = "--days",
        paramLabel = "DAYS",
        defaultValue = "825",
        description = "how long a node's certificate is valid (default: ${DEFAULT-VALUE})")
    private int days;

    @Option(
        names = "--ca-days",
        paramLabel = "DAYS",
        defaultValue = "3650",
        description = "how long the authority's is (default: ${DEFAULT-VALUE})")
    private int authorityDays;

    @Parameters(
        paramLabel = "NODE[=HOST,...]",
        arity = "1..*",
        description = "a node's name and the hosts of its cluster.bind, if they are others")
    private List<String> nodes;

    @Override
    public Integer call() throws IOException {
      if (days < 1 || authorityDays < 1) {
        throw new ParameterException(
            spec.commandLine(), "a certificate is valid for 1 day at least");
      }
      Authority authority = Authority.in(directory, authorityDays, this::say);
      for (String node : nodes) {
        int equals = node.indexOf('=');
        String name = equals < 0 ? node : node.substring(0, equals);
        if (!name.matches("[A-Za-z0-9][A-Za-z0-9._:-]*") || name.equals("ca")) {
          throw new ParameterException(
              spec.commandLine(), "\"" + name + "\" is not a name for a node's files");
        }
        authority.issue(name, hosts(name, node.substring(equals + 1)), days, this::say);
      }
      return 0;
    }

    private Set<HostPort> hosts(String name, String more) {
      Set<HostPort> hosts = new LinkedHashSet<>();
      try {
        hosts.add(new HostPort(name, 0));
        for (String host : more.split(",", -1)) {
          hosts.add(new HostPort(host, 0));
        }
      } catch (IllegalArgumentException e) {
        throw new ParameterException(spec.commandLine(), name + ": " + e.getMessage(), e);
      }
      return hosts;
    }

    private void say(String line) {
      spec.commandLine().getOut().println(line);
      spec.commandLine().getOut().flush();
    }
  }
}
