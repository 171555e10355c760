package dev.limpet.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.Placement;
import dev.limpet.model.state.SessionKey;
import dev.limpet.testkit.Ports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is left of a cluster when all of its nodes have stopped. */
class FullStopTest {

  private static final Duration TTL = Duration.ofHours(1);
  private static final int SESSIONS = 2_000;

  @TempDir private Path directory;

  private final int[] peers = {Ports.free(), Ports.free(), Ports.free()};
  private final List<TestNode> nodes = new ArrayList<>();

  @AfterEach
  void stop() {
    nodes.forEach(TestNode::close);
  }

  @Test
  void sessionsAndKeysAreWhatTheyWereThoughADiskIsLostAndAnotherDamaged() throws IOException {
    startAll();
    List<CompletableFuture<Placement>> bound = new ArrayList<>();
    for (int i = 0; i < SESSIONS; i++) {
      bound.add(
          nodes
              .get(i % 3)
              .cluster()
              .sessions()
              .bind(key(i), i, TTL, Settings.Replicate.QUORUM)
              .toCompletableFuture());
    }
    List<Placement> placements =
        new ArrayList<>(bound.stream().map(CompletableFuture::join).toList());
    Placement moved = move(7, placements.get(7));
    placements.set(7, moved);
    await("a majority knows it at once, all nodes a little later")
        .until(
            () ->
                nodes.stream()
                    .allMatch(node -> moved.equals(node.cluster().sessions().find(key(7), TTL))));
    List<String> cookieKeys = nodes.getFirst().keys();
    List<String> ticketKeys = nodes.getFirst().ticketKeys();
    stop();
    nodes.clear();

    Files.delete(folder(0).resolve("sessions"));
    Files.delete(folder(0).resolve("keys.json"));
    byte[] noise = new byte[3_000];
    new Random(1).nextBytes(noise);
    Files.write(folder(1).resolve("sessions"), noise);
    Files.write(folder(1).resolve("keys.json"), noise);
    startAll();
    for (TestNode node : nodes) {
      for (int i = 0; i < SESSIONS; i++) {
        assertThat(node.cluster().sessions().find(key(i), TTL)).isEqualTo(placements.get(i));
      }
      assertThat(node.keys()).containsAll(cookieKeys);
      assertThat(node.keys().getFirst()).isEqualTo(cookieKeys.getFirst());
      assertThat(node.ticketKeys().getFirst()).isEqualTo(ticketKeys.getFirst());
    }
    assertThat(move(7, placements.get(7)).version())
        .as("a session that moves after all of it")
        .isGreaterThan(placements.get(7).version());
  }

  private Placement move(int number, Placement current) {
    return nodes
        .getFirst()
        .cluster()
        .sessions()
        .move(key(number), current, _ -> true, _ -> 99, TTL, Settings.Replicate.QUORUM)
        .toCompletableFuture()
        .join();
  }

  private void startAll() throws IOException {
    for (int i = 0; i < peers.length; i++) {
      Files.createDirectories(folder(i));
      nodes.add(TestNode.start(peers[i], peers, folder(i)));
    }
    nodes.forEach(TestNode::awaitReady);
    nodes.forEach(node -> node.awaitMembers(3));
  }

  private Path folder(int index) {
    return directory.resolve(Integer.toString(index));
  }

  private static SessionKey key(int number) {
    return new SessionKey(number, -number);
  }
}
