package dev.limpet.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/**
 * A PostgreSQL server: the machine's own program, or Debian's packages, which are fetched and not
 * installed. It trusts everybody, on the loopback address.
 */
public final class PostgresServer implements AutoCloseable {

  private static final String FETCH =
      """
      set -e
      package=$(apt-cache depends postgresql | sed -n 's/^ *Depends: //p')
      apt-get -q download $(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts \
          --no-breaks --no-replaces --no-enhances "$package" | grep '^[a-z0-9]' | grep -v '^libc6$')
      for file in *.deb; do dpkg-deb -x "$file" .; done
      """;

  private final Path directory;
  private final int port = Ports.free();
  private final Path programs;
  private final String libraries;
  private @Nullable Process process;

  /**
   * Starts it; the test is skipped, and says what to install, where there is none to be had.
   *
   * @param directory for its data; fetched packages are kept beside it, in {@code target}
   */
  public PostgresServer(Path directory) {
    this.directory = directory.toAbsolutePath();
    Path fetched = Path.of("target", "postgresql").toAbsolutePath();
    this.programs =
        programs(Path.of("/usr/lib/postgresql"))
            .or(() -> programs(fetched.resolve("usr/lib/postgresql")))
            .orElseGet(() -> fetch(fetched));
    this.libraries = fetched.resolve("usr/lib/x86_64-linux-gnu").toString();
    run("initdb", "-D", data(), "-U", "limpet", "-A", "trust", "--no-sync");
    start();
  }

  /** As JDBC has it. */
  public String url() {
    return "jdbc:postgresql://127.0.0.1:" + port + "/postgres";
  }

  public void start() {
    process =
        begin("postgres", "-D", data(), "-h", "127.0.0.1", "-p", String.valueOf(port), "-k", "");
    Awaitility.await()
        .until(
            () -> {
              try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return socket.isConnected();
              } catch (IOException notYet) {
                return false;
              }
            });
  }

  /** Ends it at once. */
  public void stop() {
    Process running = process;
    if (running != null) {
      // SIGQUIT: without waiting for clients. Its own name is that of a shell's or setpriv's exec.
      try {
        new ProcessBuilder("kill", "-QUIT", String.valueOf(running.pid())).start().waitFor();
        running.waitFor(1, TimeUnit.MINUTES);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() {
    stop();
  }

  private String data() {
    return directory.resolve("data").toString();
  }

  private static Optional<Path> programs(Path versions) {
    try (Stream<Path> found = Files.list(versions)) {
      return found
          .map(version -> version.resolve("bin"))
          .filter(bin -> Files.isExecutable(bin.resolve("postgres")))
          .max(Comparator.naturalOrder());
    } catch (IOException notThere) {
      return Optional.empty();
    }
  }

  private static Path fetch(Path target) {
    try {
      Files.createDirectories(target);
      Process shell =
          new ProcessBuilder("sh", "-c", FETCH)
              .directory(target.toFile())
              .redirectErrorStream(true)
              .redirectOutput(target.resolve("fetch.log").toFile())
              .start();
      shell.waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return programs(target.resolve("usr/lib/postgresql"))
        .orElseThrow(
            () ->
                new TestAbortedException(
                    "no PostgreSQL: install Debian's package postgresql; "
                        + target
                        + "/fetch.log"));
  }

  private void run(String... command) {
    try {
      Process process = begin(command);
      if (process.waitFor() != 0) {
        throw new IllegalStateException(
            String.join(" ", command) + ": " + Files.readString(directory.resolve("log")));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** PostgreSQL refuses to run as root. */
  private Process begin(String... command) {
    List<String> words = new ArrayList<>();
    try {
      if (System.getProperty("user.name").equals("root")) {
        words.addAll(List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"));
        Files.createDirectories(directory);
        new ProcessBuilder("chown", "-R", "65534:65534", directory.toString()).start().waitFor();
      }
      words.add(programs.resolve(command[0]).toString());
      words.addAll(List.of(command).subList(1, command.length));
      ProcessBuilder builder = new ProcessBuilder(words).directory(directory.toFile());
      builder.environment().putAll(Map.of("LD_LIBRARY_PATH", libraries, "LC_ALL", "C"));
      return builder
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolve("log").toFile()))
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
