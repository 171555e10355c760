package dev.limpet.proxy.accesslog;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.limpet.proxy.fixture.LogLines;
import dev.limpet.proxy.fixture.ProxyFixture;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Where the lines go, and what happens when they cannot. */
class AccessLogFileTest {

  private static final int NO_SERVER = 1;

  @TempDir private Path directory;

  @Test
  void aFileThatWasMovedAwayOrDeletedIsBegunAgain() throws IOException {
    try (ProxyFixture proxy = fixture("format = json")) {
      proxy.get("/old?1");
      LogLines.await(file(), 1);
      Path rotated = directory.resolve("access.log.1");
      Files.move(file(), rotated);
      int sent = untilThereIsAFile(proxy);
      Files.delete(file());
      untilThereIsAFile(proxy);
      assertThat(LogLines.of(rotated)).hasSizeBetween(1, 1 + sent);
      assertThat(proxy.proxy().traffic().accessLogDropped()).isZero();
    }
  }

  @Test
  void aFileThatIsThereIsAppendedTo() throws IOException {
    Files.writeString(file(), "before\n");
    try (ProxyFixture proxy = fixture("format = json")) {
      proxy.get("/old");
      assertThat(LogLines.await(file(), 2)).first().isEqualTo("before");
    }
  }

  @Test
  void whatIsInTheQueueIsWrittenBeforeTheEnd() throws IOException {
    try (ProxyFixture proxy = fixture("format = combined")) {
      ask(proxy, 2000);
    }
    assertThat(LogLines.of(file())).hasSize(2000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"missing/access.log", "full/access.log"})
  void aFileThatCannotBeWrittenIsReportedOnceAndCostsNoRequest(String name) throws IOException {
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    Logger logger = (Logger) LoggerFactory.getLogger("dev.limpet.proxy.accesslog.LogFile");
    logger.addAppender(log);
    Path file = directory.resolve(name);
    boolean full = name.startsWith("full");
    if (full) {
      Files.createDirectory(file.getParent());
      Files.createSymbolicLink(file, Path.of("/dev/full"));
    }
    try (ProxyFixture proxy =
        new ProxyFixture(LogLines.settings(file, "format = json"), NO_SERVER)) {
      // It is tried again each second.
      long twice = System.nanoTime() + Duration.ofMillis(2_500).toNanos();
      await()
          .until(
              () -> {
                assertThat(proxy.get("/old")).startsWith("HTTP/1.1 301 ");
                return System.nanoTime() > twice;
              });
      assertThat(proxy.proxy().traffic().accessLogDropped()).isGreaterThan(2);
      assertThat(log.list).hasSize(1).first().asString().contains("requests go on without it");
      if (full) {
        Files.delete(file);
      } else {
        Files.createDirectory(file.getParent());
      }
      await()
          .until(
              () -> {
                proxy.get("/old");
                return !LogLines.soFar(file).isEmpty();
              });
    } finally {
      logger.detachAppender(log);
    }
  }

  /** A pipe that nobody reads, as a disk that does not answer. */
  @Test
  void aWriterThatIsStuckCostsLinesAndNoRequest() throws Exception {
    assertThat(new ProcessBuilder("mkfifo", file().toString()).start().waitFor()).isZero();
    int requests = 10_000;
    try (ProxyFixture proxy = fixture("format = combined")) {
      ask(proxy, requests);
      long dropped = proxy.proxy().traffic().accessLogDropped();
      assertThat(dropped).isPositive();
      try (InputStream pipe = Files.newInputStream(file())) {
        Thread.ofVirtual().start(proxy::close);
        String lines = new String(pipe.readAllBytes(), US_ASCII);
        assertThat(lines.lines()).hasSize(requests - (int) dropped);
      }
    }
  }

  @Test
  void withoutAFileItIsStandardOutput() {
    ByteArrayOutputStream captured = new ByteArrayOutputStream();
    PrintStream out = System.out;
    System.setOut(new PrintStream(captured, true, StandardCharsets.US_ASCII));
    try (ProxyFixture proxy = new ProxyFixture("limpet.access-log {}\n", NO_SERVER)) {
      proxy.get("/old");
      await()
          .until(
              () -> captured.toString(StandardCharsets.US_ASCII).contains("\"GET /old HTTP/1.1\""));
    } finally {
      System.setOut(out);
    }
  }

  @Test
  void aSampleIsAShare() throws IOException {
    try (ProxyFixture proxy = fixture("format = combined, sample = 25%")) {
      ask(proxy, 4000);
    }
    assertThat(LogLines.of(file())).hasSizeBetween(800, 1200);
  }

  private int untilThereIsAFile(ProxyFixture proxy) {
    int[] sent = {0};
    await()
        .until(
            () -> {
              proxy.get("/old");
              sent[0]++;
              return !LogLines.soFar(file()).isEmpty();
            });
    return sent[0];
  }

  /** So many requests, a hundred on each connection, which are all answered. */
  private static void ask(ProxyFixture proxy, int requests) throws IOException {
    byte[] hundred =
        "GET /old HTTP/1.1\r\nHost: app.example\r\n\r\n".repeat(100).getBytes(US_ASCII);
    for (int asked = 0; asked < requests; asked += 100) {
      try (Socket client = proxy.connect()) {
        client.getOutputStream().write(hundred);
        client.shutdownOutput();
        String responses = new String(client.getInputStream().readAllBytes(), US_ASCII);
        assertThat(responses.split("HTTP/1.1 301 ", -1)).hasSize(101);
      }
    }
  }

  private ProxyFixture fixture(String log) {
    return new ProxyFixture(LogLines.settings(file(), log), NO_SERVER);
  }

  private Path file() {
    return directory.resolve("access.log");
  }
}
