package dev.limpet.node;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code limpet version}. */
@Command(
    name = "version",
    description = "Print the version and commit of Limpet, and the version of Java.")
final class VersionCommand implements Callable<Integer>, IVersionProvider {

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().getOut().println(getVersion()[0]);
    return 0;
  }

  @Override
  public String[] getVersion() {
    return new String[] {version()};
  }

  static String version() {
    return "limpet " + ofLimpet() + ", Java " + Runtime.version();
  }

  /** Such as {@code 0.1.0 (abc1234)}. */
  static String ofLimpet() {
    @Nullable String version = Main.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }
}
