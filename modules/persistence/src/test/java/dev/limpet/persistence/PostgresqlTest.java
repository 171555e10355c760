package dev.limpet.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.persistence.journal.Storage;
import dev.limpet.testkit.PostgresServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Three nodes whose journals are in one database. */
class PostgresqlTest {

  private final Nodes nodes = new Nodes(3);

  private Nodes.Node start(int number, PostgresServer database) {
    return nodes.start(number, Storage.postgresql(database.url(), "limpet", ""));
  }

  @Test
  void changesAreInTheDatabaseAndTheNodesDoWithoutIt() throws Exception {
    // Not below a folder that only root may enter: the server is another account's.
    Path directory = Files.createTempDirectory(Path.of("/tmp"), "limpet-postgresql-");
    try (PostgresServer database = new PostgresServer(directory)) {
      List<Nodes.Node> all = List.of(start(1, database), start(2, database), start(3, database));
      all.forEach(node -> await().until(() -> node.registry.waitsFor().isEmpty()));
      assertThat(all.getFirst().set("a", 5).durable()).isTrue();

      database.stop();
      // The next write finds out; nobody has it in a journal.
      assertThat(all.getFirst().registry.submit(Nodes.draft("a", 6)).toCompletableFuture())
          .failsWithin(Duration.ofMinutes(1));
      await().until(() -> !all.getFirst().registry.trouble().isEmpty());
      assertThat(all.getFirst().registry.overlay().json(Nodes.weightOf("a"))).isEqualTo("6");

      database.start();
      all.forEach(node -> await().until(() -> node.registry.trouble().isEmpty()));
      assertThat(all.get(1).set("b", 7).durable()).isTrue();
      nodes.close();

      List<Nodes.Node> again = List.of(start(1, database), start(2, database), start(3, database));
      again.forEach(node -> await().until(() -> node.registry.waitsFor().isEmpty()));
      again.forEach(
          node ->
              await()
                  .untilAsserted(
                      () -> {
                        assertThat(node.registry.overlay().json(Nodes.weightOf("a")))
                            .isEqualTo("6");
                        assertThat(node.registry.overlay().json(Nodes.weightOf("b")))
                            .isEqualTo("7");
                        assertThat(node.registry.history()).hasSize(3);
                      }));
      nodes.close();
    }
  }
}
