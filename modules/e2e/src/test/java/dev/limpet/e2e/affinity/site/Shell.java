package dev.limpet.e2e.affinity.site;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Short commands of the system. */
final class Shell {

  private Shell() {}

  /**
   * Runs a command, whose words are separated by blanks.
   *
   * @return what it has printed
   * @throws IOException if it cannot be started or does not end with 0
   */
  static String run(String command) throws IOException {
    Process process =
        new ProcessBuilder(List.of(command.split(" "))).redirectErrorStream(true).start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    try {
      if (process.waitFor() != 0) {
        throw new IOException(command + ": " + output);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(command + ": interrupted", e);
    }
    return output;
  }
}
