package dev.limpet.e2e.affinity.site;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Sets the wall clocks of nodes, each on its own, by libfaketime. The monotonic clock stays true,
 * as it does when an operator or NTP sets the time.
 */
public final class Clocks {

  private static final String LIBRARY = "libfaketime.so.1";

  private static final List<Path> INSTALLED =
      List.of(Path.of("/usr/lib"), Path.of("/usr/lib64"), Path.of("target", "libfaketime"));

  private final Path library;
  private final Path directory;

  private Clocks(Path library, Path directory) {
    this.library = library;
    this.directory = directory;
  }

  /**
   * Finds the library where packages put it, or gets Debian's package, without installing it.
   *
   * @param directory for the files from which nodes read how far their clock is off
   * @return empty where there is none, or a JVM does not run with it
   */
  static Optional<Clocks> find(Path directory) {
    return library().or(Clocks::download).map(file -> new Clocks(file, directory));
  }

  /** What a node's process needs. Its clock is right until {@link #set}. */
  Map<String, String> environment(String node) {
    set(node, 0);
    return Map.of(
        "LD_PRELOAD", library.toString(),
        "FAKETIME_TIMESTAMP_FILE", file(node).toString(),
        "FAKETIME_CACHE_DURATION", "1",
        "FAKETIME_DISABLE_SHM", "1",
        "FAKETIME_DONT_FAKE_MONOTONIC", "1",
        // With the fix, a JVM's timed waits end at once.
        "FAKETIME_FORCE_MONOTONIC_FIX", "0");
  }

  /** Takes effect within a second, and when the node is started. */
  public void set(String node, int seconds) {
    try {
      Path next =
          Files.writeString(directory.resolve(node + ".clock.next"), "%+d".formatted(seconds));
      Files.move(next, file(node), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path file(String node) {
    return directory.resolve(node + ".clock");
  }

  private static Optional<Path> library() {
    return INSTALLED.stream().filter(Files::isDirectory).flatMap(Clocks::under).findFirst();
  }

  private static Stream<Path> under(Path directory) {
    try (Stream<Path> files =
        Files.find(directory, 7, (file, kind) -> file.endsWith(Path.of("faketime", LIBRARY)))) {
      return files.map(Path::toAbsolutePath).toList().stream();
    } catch (IOException | UncheckedIOException unreadable) {
      return Stream.empty();
    }
  }

  private static Optional<Path> download() {
    try {
      Path target = Files.createDirectories(Path.of("target", "libfaketime").toAbsolutePath());
      Process apt =
          new ProcessBuilder("apt-get", "-q", "download", "libfaketime")
              .directory(target.toFile())
              .redirectErrorStream(true)
              .redirectOutput(target.resolve("download.log").toFile())
              .start();
      if (apt.waitFor() != 0) {
        return Optional.empty();
      }
      try (Stream<Path> files = Files.list(target)) {
        for (Path file : files.filter(file -> file.toString().endsWith(".deb")).toList()) {
          Shell.run("dpkg-deb -x %s %s".formatted(file, target));
        }
      }
      return library();
    } catch (IOException noDebian) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }
}
