package dev.limpet.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.limpet.model.settings.Settings;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class DataFolderTest {

  /** Another process that holds a folder until its input ends. */
  static final class Owner {
    public static void main(String[] arguments) throws IOException {
      System.out.println(
          "holds " + DataFolder.claim(node("edge-1", Path.of(arguments[0]))).isPresent());
      System.in.read();
    }
  }

  @TempDir private Path directory;

  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger(DataFolder.class);

  @BeforeEach
  void listen() {
    log.start();
    logger.addAppender(log);
  }

  @AfterEach
  void stopListening() {
    logger.detachAppender(log);
  }

  @Test
  void itIsMadeForItsOwnersEyesAlone() throws IOException {
    Path path = directory.resolve("data").resolve("edge-1");
    assertThat(DataFolder.claim(node("edge-1", path)).map(DataFolder::path)).contains(path);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
        .isEqualTo("rwx------");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path.resolve("lock"))))
        .isEqualTo("rw-------");
    assertThat(log.list).isEmpty();
  }

  @Test
  void whoComesSecondIsToldWhoWasFirst() throws Exception {
    Process owner =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Owner.class.getName(),
                directory.toString())
            .start();
    try (BufferedReader output =
        new BufferedReader(new InputStreamReader(owner.getInputStream(), UTF_8))) {
      assertThat(output.lines().filter(line -> line.startsWith("holds ")).findFirst())
          .contains("holds true");
      assertThat(DataFolder.claim(node("edge-2", directory))).isEmpty();
      assertThat(said()).hasSize(1);
      assertThat(said().getFirst())
          .startsWith(
              "node.data %s: it is in use by edge-1, process %d; this node serves, and keeps nothing"
                  .formatted(directory, owner.pid()));
    } finally {
      owner.destroyForcibly().waitFor();
    }
    assertThat(DataFolder.claim(node("edge-2", directory)))
        .as("the lock of a process that was killed is none")
        .isPresent();
  }

  @Test
  void aNodeServesWithoutAFolderAndSaysWhy() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "");
    Files.createDirectories(directory.resolve("taken/lock"));
    assertThat(DataFolder.claim(node("edge-1", file))).isEmpty();
    assertThat(DataFolder.claim(node("edge-1", file.resolve("data")))).isEmpty();
    assertThat(DataFolder.claim(node("edge-1", directory.resolve("taken")))).isEmpty();
    assertThat(said())
        .satisfiesExactly(
            line -> assertThat(line).startsWith("node.data " + file + ": it is no folder; "),
            line -> assertThat(line).contains(": " + file + " is no folder; "),
            line -> assertThat(line).contains("taken: Is a directory; "));
  }

  @Test
  void offIsNotAWordInTheLog() {
    assertThat(DataFolder.claim(node("edge-1", Optional.empty()))).isEmpty();
    assertThat(log.list).isEmpty();
  }

  private List<String> said() {
    return log.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  private static Settings.Node node(String name, Path data) {
    return node(name, Optional.of(data));
  }

  private static Settings.Node node(String name, Optional<Path> data) {
    return new Settings.Node(
        name, "", 1, Duration.ZERO, Duration.ZERO, Optional.empty(), false, data);
  }
}
