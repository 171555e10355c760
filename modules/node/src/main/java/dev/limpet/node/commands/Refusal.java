package dev.limpet.node.commands;

import java.io.IOException;
import picocli.CommandLine.IExitCodeGenerator;

/** The end of a command that cannot have what it asked for, in words for an operator. */
final class Refusal extends IOException implements IExitCodeGenerator {

  private static final long serialVersionUID = 1;

  private final int exitCode;

  /**
   * @param exitCode one of {@link ExitCodes}
   */
  Refusal(String message, int exitCode) {
    super(message);
    this.exitCode = exitCode;
  }

  @Override
  public int getExitCode() {
    return exitCode;
  }
}
