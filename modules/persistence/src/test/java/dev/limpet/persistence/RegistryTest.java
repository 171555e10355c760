package dev.limpet.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.model.changes.Change;
import dev.limpet.model.changes.ChangeRegistry;
import dev.limpet.model.changes.ChangeRegistry.Outcome;
import dev.limpet.model.changes.Draft;
import dev.limpet.persistence.journal.Storage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three registries with journals in SQLite, as they are in three nodes. */
class RegistryTest {

  @TempDir Path directory;

  private final Nodes nodes = new Nodes(3);

  private Nodes.Node start(int number) {
    return nodes.start(number, Storage.sqlite(directory.resolve("node-" + number + ".db")));
  }

  private static void awaitReady(Nodes.Node... all) {
    for (Nodes.Node node : all) {
      await().until(() -> node.registry.waitsFor().isEmpty());
    }
  }

  private static void awaitSame(List<Nodes.Node> all, int changes) {
    await()
        .untilAsserted(
            () -> {
              for (Nodes.Node node : all) {
                assertThat(node.registry.history()).hasSize(changes);
                assertThat(node.registry.history()).isEqualTo(all.getFirst().registry.history());
                assertThat(node.registry.overlay()).isEqualTo(all.getFirst().registry.overlay());
              }
            });
  }

  @Test
  void aChangeIsInTheJournalsOfAMajorityWhenItIsAnswered() throws Exception {
    Nodes.Node one = start(1);
    Nodes.Node two = start(2);
    Nodes.Node three = start(3);
    awaitReady(one, two, three);

    Outcome outcome = one.set("a", 5);
    assertThat(outcome.durable()).isTrue();
    assertThat(outcome.held()).isGreaterThanOrEqualTo(2);
    assertThat(one.registry.overlay().json(Nodes.weightOf("a"))).isEqualTo("5");
    awaitSame(List.of(one, two, three), 1);

    // All at once, as by a power failure, and then from what is on the disks.
    nodes.close();
    List<Nodes.Node> again = List.of(start(1), start(2), start(3));
    awaitReady(again.get(0), again.get(1), again.get(2));
    awaitSame(again, 1);
    assertThat(again.get(2).registry.find(outcome.change().id())).contains(outcome.change());
    nodes.close();
  }

  @Test
  void changesFromAllNodesAtOnceEndTheSameEverywhere() throws Exception {
    List<Nodes.Node> all = List.of(start(1), start(2), start(3));
    awaitReady(all.get(0), all.get(1), all.get(2));
    List<CompletableFuture<Outcome>> outcomes = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      outcomes.add(
          all.get(i % 3).registry.submit(Nodes.draft("server-" + i % 7, i)).toCompletableFuture());
    }
    for (CompletableFuture<Outcome> outcome : outcomes) {
      assertThat(outcome.get().durable()).isTrue();
    }
    awaitSame(all, 300);
    nodes.close();
  }

  @Test
  void aNodeWithAnEmptyDiskGetsAllOfIt() throws Exception {
    Nodes.Node one = start(1);
    Nodes.Node two = start(2);
    awaitReady(one, two);
    for (int i = 0; i < 20; i++) {
      one.set("server-" + i, i);
    }
    Nodes.Node three = start(3);
    awaitReady(three);
    awaitSame(List.of(one, two, three), 20);
    nodes.close();
  }

  @Test
  void historiesOfASplitClusterMerge() throws Exception {
    List<Nodes.Node> all = List.of(start(1), start(2), start(3));
    awaitReady(all.get(0), all.get(1), all.get(2));
    nodes.cutOff(3);
    Outcome alone = all.get(2).set("a", 3);
    assertThat(alone.durable()).isFalse();
    assertThat(alone.held()).isEqualTo(1);
    Outcome majority = all.get(0).set("a", 1);
    assertThat(majority.durable()).isTrue();
    nodes.heal();
    awaitSame(all, 2);
    assertThat(all.get(1).registry.overlay().json(Nodes.weightOf("a"))).isEqualTo("1");
    nodes.close();
  }

  @Test
  void olderChangesAreFoldedAndStillCount() throws Exception {
    Nodes.Node one = nodes.start(1, Optional.of(Storage.sqlite(directory.resolve("1.db"))), 10);
    Nodes.Node two = nodes.start(2, Optional.of(Storage.sqlite(directory.resolve("2.db"))), 10);
    awaitReady(one, two);
    for (int i = 0; i < 25; i++) {
      one.set("server-" + i, i);
    }
    awaitSame(List.of(one, two), 10);
    Nodes.Node three = nodes.start(3, Optional.of(Storage.sqlite(directory.resolve("3.db"))), 10);
    awaitReady(three);
    awaitSame(List.of(one, two, three), 10);
    assertThat(three.registry.overlay().values()).hasSize(25);

    nodes.close();
    Nodes.Node again = nodes.start(3, Optional.of(Storage.sqlite(directory.resolve("3.db"))), 10);
    await().untilAsserted(() -> assertThat(again.registry.overlay().values()).hasSize(25));
    nodes.close();
  }

  @Test
  void whatWasExpectedMustHold() throws Exception {
    Nodes.Node one = start(1);
    Nodes.Node two = start(2);
    awaitReady(one, two);
    Change first = one.set("a", 1).change();
    Draft stale =
        new Draft(
            "x",
            "y",
            "",
            Optional.empty(),
            Nodes.draft("a", 2).edits(),
            List.of(new Draft.Expected(Nodes.weightOf("a"), 0)));
    assertThat(one.registry.submit(stale).toCompletableFuture())
        .failsWithin(Duration.ofMinutes(1))
        .withThrowableOfType(ExecutionException.class)
        .withCauseInstanceOf(ChangeRegistry.Conflict.class)
        .withMessageContaining(first.id());

    Change undone =
        one.registry
            .submit(Draft.undoing(first, "x", "y", ""))
            .toCompletableFuture()
            .get()
            .change();
    assertThat(undone.undoes()).contains(first.id());
    assertThat(one.registry.overlay().json(Nodes.weightOf("a"))).isNull();
    nodes.close();
  }

  @Test
  void theLastNodeStandingTakesChangesAfterAWhile() throws Exception {
    nodes.patience = Duration.ofSeconds(1);
    Nodes.Node alone = start(1);
    awaitReady(alone);
    Outcome outcome = alone.set("a", 1);
    assertThat(outcome.durable()).isFalse();
    assertThat(outcome.held()).isEqualTo(1);
    nodes.close();
  }
}
