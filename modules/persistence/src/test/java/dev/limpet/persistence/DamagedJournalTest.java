package dev.limpet.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.persistence.journal.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three nodes, one of which starts with a journal that something has happened to. */
class DamagedJournalTest {

  /** Of each server one; the journal of them is some pages long. */
  private static final int CHANGES = 60;

  @TempDir Path directory;

  private final Nodes nodes = new Nodes(3);

  @BeforeEach
  void changesThatAllNodesHave() throws Exception {
    List<Nodes.Node> all = List.of(start(1), start(2), start(3));
    all.forEach(DamagedJournalTest::awaitReady);
    for (int i = 0; i < CHANGES; i++) {
      // One after the other: each an entry of its own.
      all.getFirst().set("server-" + i, i);
    }
    all.forEach(DamagedJournalTest::awaitAllChanges);
    // The third one may be the slowest to write.
    all.get(2).set("last", 1);
    nodes.close();
  }

  @AfterEach
  void end() throws Exception {
    nodes.close();
  }

  private Nodes.Node start(int number) {
    return nodes.start(number, Storage.sqlite(file(number)));
  }

  private Path file(int number) {
    return directory.resolve(number + ".db");
  }

  private static void awaitReady(Nodes.Node node) {
    await().until(() -> node.registry.waitsFor().isEmpty());
  }

  private static void awaitAllChanges(Nodes.Node node) {
    await().until(() -> node.registry.history().size() >= CHANGES);
  }

  private List<Path> putAside() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.getFileName().toString().contains(".damaged-")).toList();
    }
  }

  private void startAndBecomeWhole() throws Exception {
    Nodes.Node damaged = start(3);
    start(1);
    start(2);
    awaitReady(damaged);
    awaitAllChanges(damaged);
    await().until(() -> damaged.registry.trouble().isEmpty());
    // What it got from the others stands in the new journal.
    assertThat(damaged.set("new", 1).durable()).isTrue();
    nodes.close();
    Nodes.Node alone = start(3);
    awaitAllChanges(alone);
  }

  @Test
  void randomBytesArePutAside() throws Exception {
    byte[] random = new byte[100_000];
    new Random(17).nextBytes(random);
    Files.write(file(3), random);
    Files.deleteIfExists(Path.of(file(3) + "-wal"));
    startAndBecomeWhole();
    assertThat(putAside()).hasSize(1);
    assertThat(putAside().getFirst()).hasBinaryContent(random);
  }

  @Test
  void ofAFileThatIsCutWhatCanBeReadIsKept() throws Exception {
    try (FileChannel channel = FileChannel.open(file(3), StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() * 3 / 4);
    }
    Nodes.Node alone = start(3);
    await().until(() -> !alone.registry.history().isEmpty());
    nodes.close();
    startAndBecomeWhole();
    assertThat(putAside()).isNotEmpty();
  }

  @Test
  void pagesThatAreOverwrittenAreFound() throws Exception {
    byte[] random = new byte[4096];
    new Random(18).nextBytes(random);
    try (FileChannel channel = FileChannel.open(file(3), StandardOpenOption.WRITE)) {
      for (long page = 5; page * 4096 < channel.size(); page += 3) {
        channel.write(ByteBuffer.wrap(random), page * 4096);
      }
    }
    startAndBecomeWhole();
  }

  @Test
  void aLogThatEndsInTheMiddleOfARecordIsNoDamage() throws Exception {
    Nodes.Node one = start(1);
    Nodes.Node two = start(2);
    awaitReady(one);
    awaitReady(two);
    one.set("a", 1);
    await().until(() -> two.registry.history().size() == one.registry.history().size());
    two.set("b", 1);
    // As they are on the disk while the process runs: as kill -9 leaves them.
    Path wal = Path.of(file(2) + "-wal");
    byte[] database = Files.readAllBytes(file(2));
    byte[] log = Files.readAllBytes(wal);
    nodes.close();
    Files.write(file(3), database);
    Files.write(Path.of(file(3) + "-wal"), Arrays.copyOf(log, log.length - 1000));
    startAndBecomeWhole();
    assertThat(putAside()).isEmpty();
  }

  @Test
  void aJournalThatCannotBeWrittenIsReadAndWrittenLater() throws Exception {
    // A folder where SQLite wants to write a file.
    Path inTheWay = Path.of(file(3) + "-wal");
    Files.deleteIfExists(inTheWay);
    Files.createDirectory(inTheWay);
    Nodes.Node three = start(3);
    awaitAllChanges(three);
    assertThat(three.registry.trouble()).contains(file(3).toString());

    Nodes.Node one = start(1);
    Nodes.Node two = start(2);
    awaitReady(one);
    awaitReady(two);
    awaitReady(three);
    // Two other nodes write it down.
    assertThat(three.set("a", 7).durable()).isTrue();
    // Of them one is gone: a change that only one writes down is not safe, and is said to be so.
    two.close();
    assertThat(three.set("a", 8).held()).isEqualTo(1);
    // Nor does it say that it holds what it hears of another one, and cannot write down.
    assertThat(one.set("b", 1).held()).isEqualTo(1);
    assertThat(three.registry.overlay().json(Nodes.weightOf("b"))).isEqualTo("1");

    Files.delete(inTheWay);
    await().until(() -> three.registry.trouble().isEmpty());
    assertThat(three.set("a", 9).durable()).isTrue();
    one.close();
    nodes.close();
    Nodes.Node alone = start(3);
    await()
        .untilAsserted(
            () -> assertThat(alone.registry.overlay().json(Nodes.weightOf("a"))).isEqualTo("9"));
  }

  @Test
  void whereNobodyCanWriteAChangeIsNotTaken() throws Exception {
    Nodes lonely = new Nodes(1);
    Path noFolder = Files.createFile(directory.resolve("no-folder"));
    Nodes.Node node = lonely.start(1, Storage.sqlite(noFolder.resolve("changes.db")));
    awaitReady(node);
    assertThat(node.registry.submit(Nodes.draft("a", 1)).toCompletableFuture())
        .failsWithin(Duration.ofMinutes(1))
        .withThrowableOfType(ExecutionException.class)
        .withMessageContaining("no node has written");
    lonely.close();
  }

  @Test
  void entriesOfANewerVersionArePassedOver() throws Exception {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file(3));
        PreparedStatement statement =
            connection.prepareStatement(
                "UPDATE event_journal SET event_ser_manifest = 'changes-2' WHERE ordering = 2")) {
      assertThat(statement.executeUpdate()).isEqualTo(1);
    }
    startAndBecomeWhole();
    assertThat(putAside()).isEmpty();
  }
}
