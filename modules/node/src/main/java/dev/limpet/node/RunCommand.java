package dev.limpet.node;

import dev.limpet.settings.SettingsFile;
import dev.limpet.settings.SettingsReader;
import dev.limpet.settings.hocon.InvalidSettings;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code limpet run}. */
@Command(
    name = "run",
    description = "Run a node in the foreground.",
    footer = {
      "",
      "SIGHUP reads the file again, as limpet reload does.",
      "Ctrl-C and SIGTERM let requests in flight finish (node.drain-timeout) and end with 0.",
      "A mistake in the file is reported and ends with 2, a taken port with 1."
    })
final class RunCommand implements Callable<Integer> {

  private static final Logger LOG = LoggerFactory.getLogger(RunCommand.class);

  @Spec private CommandSpec spec;

  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      required = true,
      description = "the configuration file")
  private Path file;

  @Override
  public Integer call() {
    SettingsFile read;
    SettingsFile.Reading reading;
    try {
      read = SettingsReader.open(file);
      reading = read.read();
    } catch (InvalidSettings mistakes) {
      spec.commandLine().getErr().println(mistakes.getMessage());
      return 2;
    }
    Logging.configure(reading.settings());
    reading.warnings().forEach(warning -> LOG.warn("{}", warning));
    return NodeRuntime.run(file, read, reading.settings());
  }
}
