package dev.limpet.node;

import dev.limpet.model.secret.TokenHash;
import dev.limpet.model.settings.Admin;
import dev.limpet.model.settings.TokensFile;
import java.io.PrintWriter;
import java.security.SecureRandom;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code limpet token NAME}. */
@Command(
    name = "token",
    description = {
      "Make a token for the admin API: 256 random bits, which are shown this once and kept nowhere.",
      "The token itself goes to standard output, so that it can be written to a file of its user's;",
      "what goes into the settings, to standard error."
    },
    footer = {
      "",
      "Examples:",
      "  limpet token alice --role admin",
      "  (umask 077; limpet token ci --role write > ~/.config/limpet/token)",
      "",
      "Roles: read sees everything; write changes servers and shares, too; admin also what concerns the",
      "whole node, such as reload."
    })
final class TokenCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "NAME",
      description = "what its user is called in the history of changes and in the log")
  private String name;

  @Option(
      names = "--role",
      paramLabel = "ROLE",
      required = true,
      description = "${COMPLETION-CANDIDATES}, in any case")
  private Admin.Role role;

  @Override
  public Integer call() {
    if (!TokensFile.isName(name)) {
      throw new ParameterException(
          spec.commandLine(),
          "\"" + name + "\" is not a name: use letters, digits, \".\", \"_\", \"-\" and \"@\"");
    }
    String secret = TokenHash.newToken(new SecureRandom());
    TokenHash hash = TokenHash.of(secret).orElseThrow();
    Admin.Token token = new Admin.Token(name, role, hash);
    spec.commandLine().getOut().println(secret);
    PrintWriter err = spec.commandLine().getErr();
    err.println();
    err.println("For the settings of each node, in admin.tokens:");
    err.printf(
        "  { name = \"%s\", role = %s, hash = \"%s\" }%n",
        name, role.name().toLowerCase(Locale.ROOT), hash.written());
    err.println("or, as a line of admin.tokens-file:");
    err.println("  " + TokensFile.line(token));
    return 0;
  }
}
