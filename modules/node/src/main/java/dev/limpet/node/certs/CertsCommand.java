package dev.limpet.node.certs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
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
        "  limpet certs init --dir certs 'limpet=*.limpet-peers'    one for all pods of Kubernetes",
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
        paramLabel = "NODE[=NAME,...]",
        arity = "1..*",
        description = {
          "a node's name, and the addresses and names by which others reach it, if they are others;",
          "names such as *.limpet-peers and spiffe://example.org/limpet are for cluster.tls.names"
        })
    private List<String> nodes;

    @Override
    public Integer call() throws IOException {
      if (days < 1 || authorityDays < 1) {
        throw new ParameterException(
            spec.commandLine(), "a certificate is valid for 1 day at least");
      }
      Map<String, Set<SubjectName>> named = new LinkedHashMap<>();
      for (String node : nodes) {
        int equals = node.indexOf('=');
        String name = equals < 0 ? node : node.substring(0, equals);
        if (!name.matches("[A-Za-z0-9][A-Za-z0-9._:-]*") || name.equals("ca")) {
          throw new ParameterException(
              spec.commandLine(), "\"" + name + "\" is not a name for a node's files");
        }
        named.put(name, names(name, node.substring(equals + 1)));
      }
      Authority authority = Authority.in(directory, authorityDays, this::say);
      for (Map.Entry<String, Set<SubjectName>> node : named.entrySet()) {
        authority.issue(node.getKey(), node.getValue(), days, this::say);
      }
      return 0;
    }

    private Set<SubjectName> names(String node, String more) {
      Set<SubjectName> names = new LinkedHashSet<>();
      try {
        names.add(SubjectName.parse(node));
        for (String name : more.split(",", -1)) {
          names.add(SubjectName.parse(name));
        }
      } catch (IllegalArgumentException e) {
        throw new ParameterException(spec.commandLine(), node + ": " + e.getMessage(), e);
      }
      return names;
    }

    private void say(String line) {
      spec.commandLine().getOut().println(line);
      spec.commandLine().getOut().flush();
    }
  }
}
