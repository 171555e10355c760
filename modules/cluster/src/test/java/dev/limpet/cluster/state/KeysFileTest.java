package dev.limpet.cluster.state;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.limpet.cluster.TestSettings;
import dev.limpet.cluster.sessions.ClusterClock;
import dev.limpet.model.settings.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class KeysFileTest {

  private static final Settings SETTINGS = TestSettings.of(1, new int[] {1});
  private static final long DAY = 86_400_000;
  private static final String COOKIE_KEY = "c0".repeat(32);
  private static final String TICKET_KEY = "71".repeat(KeyRules.TICKETS.bytes());

  @TempDir private Path folder;

  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger(KeysFile.class);
  private long wall = 1_800_000_000_000L;
  private final ClusterClock clock = clock();
  private final KeyName first = KeyName.of(clock.next());

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
  void keysAreInTheFirstViewOfTheNextLifeAndAreTheirOwnersAlone() throws IOException {
    write(view(Map.of(first, COOKIE_KEY)));
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(folder.resolve("keys.json"))))
        .isEqualTo("rw-------");
    ClusterView read = read();
    assertThat(read.cookieKeys().byName()).containsExactly(Map.entry(first, COOKIE_KEY));
    assertThat(read.ticketKeys().byName()).containsExactly(Map.entry(first, TICKET_KEY));
    assertThat(read.snapshot().keys()).isEqualTo(read.cookieKeys().ring());
    assertThat(read.snapshot().ticketKeys()).isEqualTo(read.ticketKeys().ring());
    assertThat(read.snapshot().readiness().ready()).isFalse();
    assertThat(log.list).isEmpty();
  }

  @Test
  void keysThatNobodyNeedsAnyMoreAreNotReadAndNotKept() throws IOException {
    KeyName second = KeyName.of(clock.next());
    write(view(Map.of(first, COOKIE_KEY, second, "c1".repeat(32))));
    wall += DAY;
    ClusterClock later = clock();
    KeysFile file = new KeysFile(folder, later);
    ClusterView read = file.read(SETTINGS);
    assertThat(read.cookieKeys().byName()).containsOnlyKeys(second);
    assertThat(Files.readString(folder.resolve("keys.json"))).contains(COOKIE_KEY);
    file.write(read.withKeys(read.cookieKeys(), HeldKeys.NONE, SETTINGS));
    assertThat(Files.readString(folder.resolve("keys.json")))
        .contains("c1".repeat(32))
        .doesNotContain(COOKIE_KEY, TICKET_KEY);
  }

  @Test
  void aDamagedFileIsPutAsideAndNothingOfItIsSaid() throws IOException {
    write(view(Map.of(first, COOKIE_KEY)));
    String whole = Files.readString(folder.resolve("keys.json"));
    for (String damaged :
        List.of(
            "",
            "null",
            "[]",
            "{}",
            whole.substring(0, whole.length() - 40),
            whole.replace("c0c0", "c0c1"),
            whole + "x",
            whole.replace("\"format\" : 1", "\"format\" : 1, \"format\" : 1"),
            "\u0000".repeat(500))) {
      log.list.clear();
      Files.writeString(folder.resolve("keys.json"), damaged);
      assertThat(read()).as(damaged).isSameAs(ClusterView.EMPTY);
      assertThat(log.list).hasSize(1);
      assertThat(log.list.getFirst().getFormattedMessage())
          .contains(
              "the keys in it are lost unless another node has them; the file is "
                  + folder.resolve("keys.json.damaged-"))
          .doesNotContain("c0c0", "7171");
      assertThat(log.list.getFirst().getThrowableProxy()).isNull();
      assertThat(folder.resolve("keys.json")).doesNotExist();
    }
  }

  @Test
  void theSameKeysAreNotWrittenAgain() throws IOException {
    KeysFile file = new KeysFile(folder, clock);
    file.write(ClusterView.EMPTY);
    assertThat(folder).isEmptyDirectory();
    file.write(view(Map.of(first, COOKIE_KEY)));
    Files.delete(folder.resolve("keys.json"));
    file.write(view(Map.of(first, COOKIE_KEY)).waitingFor("something"));
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).isEmpty();
    }
  }

  private ClusterView view(Map<KeyName, String> cookieKeys) {
    return ClusterView.EMPTY.withKeys(
        HeldKeys.NONE.hear(cookieKeys, KeyRules.ofCookies(SETTINGS), clock.millis()),
        HeldKeys.NONE.hear(Map.of(first, TICKET_KEY), KeyRules.TICKETS, clock.millis()),
        SETTINGS);
  }

  private void write(ClusterView view) throws IOException {
    new KeysFile(folder, clock).write(view);
  }

  private ClusterView read() {
    return new KeysFile(folder, clock()).read(SETTINGS);
  }

  private ClusterClock clock() {
    return new ClusterClock(() -> wall, () -> 0);
  }
}
