package dev.limpet.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What tests need from npm, in the versions of a lock file. */
final class NpmPackages {

  private NpmPackages() {}

  /**
   * Brings the packages of a project, unless they are there.
   *
   * @param directory for npm's output
   */
  static void install(Path project, Path directory) {
    // npm writes this file when all is there.
    if (Files.exists(project.resolve("node_modules").resolve(".package-lock.json"))) {
      return;
    }
    try (Child npm =
        Child.start(
            "npm",
            directory,
            List.of("npm", "ci", "--no-audit", "--no-fund", "--prefix", project.toString()),
            Map.of())) {
      int exit = npm.awaitExit();
      if (exit != 0) {
        throw new IOException("npm ci ended with " + exit + ": " + npm.output());
      }
    } catch (IOException e) {
      throw new IllegalStateException("cannot install the packages of " + project, e);
    }
  }
}
