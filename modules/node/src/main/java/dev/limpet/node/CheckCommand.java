package dev.limpet.node;

import dev.limpet.model.Settings;
import dev.limpet.settings.InvalidSettings;
import dev.limpet.settings.SettingsReader;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code limpet check FILE}. */
@Command(
    name = "check",
    description = "Read a configuration file and report every mistake, with file and line.",
    footer = {"", "Exits with 0 if the file is good and 2 if it is not."})
final class CheckCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "the configuration file")
  private Path file;

  @Override
  public Integer call() {
    try {
      Settings settings = SettingsReader.read(file);
      long servers =
          settings.upstreams().values().stream().mapToLong(up -> up.servers().size()).sum();
      spec.commandLine()
          .getOut()
          .printf(
              "%s: ok (listeners: %d, upstreams: %d, servers: %d)%n",
              file, settings.listeners().size(), settings.upstreams().size(), servers);
      return 0;
    } catch (InvalidSettings mistakes) {
      spec.commandLine().getErr().println(mistakes.getMessage());
      return 2;
    }
  }
}
