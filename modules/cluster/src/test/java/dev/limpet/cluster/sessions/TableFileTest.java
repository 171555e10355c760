package dev.limpet.cluster.sessions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.limpet.model.state.Placement;
import dev.limpet.model.state.SessionKey;
import dev.limpet.model.state.SplitMix64;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class TableFileTest {

  private static final long HOUR = 3_600_000;
  private static final int BLOCK = 8_192 * 40 + 8;
  private static final int HEAD = 40;

  @TempDir private Path folder;

  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger(TableFile.class);

  /** The wall clock of the machine. */
  private long wall = 1_800_000_000_000L;

  @BeforeEach
  void listen() {
    log.start();
    logger.setLevel(Level.INFO);
    logger.addAppender(log);
  }

  @AfterEach
  void stopListening() {
    logger.detachAppender(log);
    logger.setLevel(null);
  }

  @Test
  void whatIsWrittenIsReadWithItsVersionsAndItsTime() throws IOException {
    Sessions before = sessions();
    before.clock().adopt(wall + 500);
    fill(before, 20_000, wall + HOUR);
    write(before);

    wall += 60_000;
    Sessions after = sessions();
    new TableFile(folder, after).read();
    assertThat(after.store().groupDigests()).isEqualTo(before.store().groupDigests());
    assertThat(after.clock().millis()).isEqualTo(wall + 500);
    assertThat(after.clock().next()).isGreaterThan(version(20_000));
    assertThat(after.clock().isAgreed()).as("a node that knows better is believed").isFalse();
    assertThat(said()).containsOnlyOnce("20000 sessions are known from before");
    assertThat(files()).containsExactly("sessions");
  }

  @Test
  void whatHasEndedMeanwhileIsLeftOut() throws IOException {
    Sessions before = sessions();
    fill(before, 100, wall + HOUR);
    before.store().merge(entry(1_000, wall + 2 * HOUR));
    before.store().merge(entry(1_001, wall - 1));
    write(before);
    assertThat(Files.size(folder.resolve("sessions"))).isEqualTo(HEAD + 101 * 40 + 8);

    wall += HOUR + 1;
    Sessions after = sessions();
    new TableFile(folder, after).read();
    assertThat(after.size()).isEqualTo(1);
    assertThat(after.peek(key(1_000))).isNotNull();
  }

  @Test
  void aStaleTableChangesNothingThatIsNewer() throws IOException {
    Sessions old = sessions();
    old.store().merge(Bucket.entry(key(1), new Placement(7, 10), wall + HOUR));
    old.store().merge(Bucket.entry(key(2), new Placement(8, 10), wall + HOUR));
    write(old);
    Sessions newer = sessions();
    newer.store().merge(Bucket.entry(key(1), new Placement(9, 11), wall + HOUR));
    new TableFile(folder, newer).read();
    assertThat(newer.find(key(1), Duration.ofMillis(1))).isEqualTo(new Placement(9, 11));
    assertThat(newer.find(key(2), Duration.ofMillis(1))).isEqualTo(new Placement(8, 10));
  }

  @Test
  void ofADamagedFileTheRestIsTakenAndTheFilePutAside() throws IOException {
    fillThreeBlocks();
    byte[] whole = Files.readAllBytes(folder.resolve("sessions"));
    byte[] flipped = whole.clone();
    flipped[HEAD + BLOCK + 4_711] ^= 4;
    assertThat(read(flipped)).isEqualTo(20_000 - 8_192);
    assertThat(said()).contains("is damaged in 1 of its blocks of 8192 sessions each");
    byte[] swapped = whole.clone();
    System.arraycopy(whole, HEAD, swapped, HEAD + BLOCK, BLOCK);
    assertThat(read(swapped)).as("a block in the place of another").isEqualTo(20_000 - 8_192);
    byte[] longer = Arrays.copyOf(whole, whole.length + 40);
    assertThat(read(longer)).as("an entry that nobody wrote").isEqualTo(2 * 8_192);
  }

  @Test
  void aTornFileIsTakenAsFarAsItGoes() throws IOException {
    fillThreeBlocks();
    byte[] whole = Files.readAllBytes(folder.resolve("sessions"));
    assertThat(read(Arrays.copyOf(whole, whole.length - 1))).isEqualTo(2 * 8_192);
    assertThat(said()).contains("is damaged in 1 of its blocks");
    assertThat(read(Arrays.copyOf(whole, HEAD + BLOCK + 40_000))).isEqualTo(8_192);
    assertThat(said()).contains("is damaged in 2 of its blocks");
    assertThat(read(Arrays.copyOf(whole, HEAD + 2 * BLOCK))).isEqualTo(2 * 8_192);
    assertThat(said()).as("though it ends where a block does").contains("is damaged in 1 of");
    assertThat(read(Arrays.copyOf(whole, HEAD))).isZero();
    assertThat(said()).contains("is damaged in 3 of its blocks");
    for (int length : new int[] {0, 1, HEAD - 1}) {
      assertThat(read(Arrays.copyOf(whole, length))).isZero();
      assertThat(said()).contains("is damaged at its beginning");
    }
    assertThat(read(whole)).isEqualTo(20_000);
  }

  @Test
  void bytesThatAreNoTableAreNoSessions() throws IOException {
    Random random = new Random(3);
    for (int length : new int[] {40, 100, 1_000, 400_000}) {
      byte[] bytes = new byte[length];
      random.nextBytes(bytes);
      assertThat(read(bytes)).isZero();
      assertThat(said()).contains("is damaged at its beginning", "sessions.damaged-");
    }
    assertThat(files()).allMatch(name -> name.startsWith("sessions.damaged-"));
  }

  @Test
  void whatIsNotNewIsNotWritten() throws IOException {
    Sessions sessions = sessions();
    TableFile file = new TableFile(folder, sessions);
    fill(sessions, 10, wall + HOUR);
    file.write();
    Files.delete(folder.resolve("sessions"));
    file.write();
    assertThat(files()).isEmpty();
    sessions.store().merge(entry(5, wall + 2 * HOUR));
    file.write();
    assertThat(files()).containsExactly("sessions");
  }

  @Test
  void aWriteThatFailsLeavesTheOldFileAndIsMadeUpFor() throws IOException {
    Sessions sessions = sessions();
    TableFile file = new TableFile(folder, sessions);
    fill(sessions, 10, wall + HOUR);
    file.write();
    fill(sessions, 20, wall + HOUR);
    Path obstacle = Files.createDirectories(folder.resolve("sessions.new/x"));
    assertThatThrownBy(file::write).isInstanceOf(IOException.class);
    assertThat(load().size()).isEqualTo(10);
    Files.delete(obstacle);
    file.write();
    assertThat(load().size()).isEqualTo(20);
    assertThat(files()).containsExactly("sessions");
  }

  @Test
  void whatAnEarlierProcessHalfWroteIsRemoved() throws IOException {
    fillThreeBlocks();
    Files.writeString(folder.resolve("sessions.new"), "half");
    assertThat(load().size()).isEqualTo(20_000);
    assertThat(files()).containsExactly("sessions");
  }

  /** How many sessions are taken of a file with these bytes. */
  private long read(byte[] bytes) throws IOException {
    Files.write(folder.resolve("sessions"), bytes);
    log.list.clear();
    return load().size();
  }

  private Sessions load() {
    Sessions sessions = sessions();
    new TableFile(folder, sessions).read();
    return sessions;
  }

  private void fillThreeBlocks() throws IOException {
    Sessions sessions = sessions();
    fill(sessions, 20_000, wall + HOUR);
    write(sessions);
  }

  private void write(Sessions sessions) throws IOException {
    new TableFile(folder, sessions).write();
  }

  private Sessions sessions() {
    return new Sessions(new ClusterClock(() -> wall, () -> 0), 2_000_000);
  }

  private static void fill(Sessions sessions, int count, long expiry) {
    for (int i = 1; i <= count; i++) {
      sessions.store().merge(entry(i, expiry));
    }
  }

  private static long[] entry(int number, long expiry) {
    return Bucket.entry(key(number), new Placement(number % 3, version(number)), expiry);
  }

  private static long version(int number) {
    return (1_900_000_000_000L << 16) + number;
  }

  private static SessionKey key(int number) {
    return new SessionKey(SplitMix64.mix(number), SplitMix64.mix(-number));
  }

  private String said() {
    return String.join("\n", log.list.stream().map(ILoggingEvent::getFormattedMessage).toList());
  }

  private List<String> files() throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.map(path -> path.getFileName().toString()).toList();
    }
  }
}
