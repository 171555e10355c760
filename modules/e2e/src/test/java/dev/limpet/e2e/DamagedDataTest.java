package dev.limpet.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.limpet.e2e.changes.NodeApi;
import dev.limpet.e2e.fixture.ChatBackend;
import dev.limpet.e2e.fixture.LimpetNode;
import dev.limpet.e2e.fixture.Machine;
import dev.limpet.e2e.fixture.UnderTarget;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * One of three nodes starts with a disk that something has happened to: it serves, and is whole.
 */
class DamagedDataTest {

  private static final String WEIGHT = "/api/v1/upstreams/nodejs/servers/";
  private static final int CHANGES = 40;

  @TempDir(factory = UnderTarget.class, cleanup = CleanupMode.ON_SUCCESS)
  static Path directory;

  private static final List<LimpetNode> nodes = new ArrayList<>();

  @SuppressWarnings("NullAway.Init")
  private static ChatBackend backend;

  @SuppressWarnings("NullAway.Init")
  private static Path data;

  @SuppressWarnings("NullAway.Init")
  private static Path script;

  @BeforeAll
  static void threeNodesWithChanges() throws Exception {
    backend = new ChatBackend("backend", directory);
    data = directory.resolve("data").resolve("node-3");
    script = Files.createFile(directory.resolve("enter.sh"));
    Machine machine =
        new Machine("127.0.0.1", "127.0.0.1", List.of("sh", script.toString()), Map.of());
    Files.writeString(script, "exec \"$@\"\n");
    nodes.add(new LimpetNode("node-1", directory));
    nodes.add(new LimpetNode("node-2", directory));
    nodes.add(new LimpetNode("node-3", directory, machine));
    String peers =
        nodes.stream()
            .map(node -> '"' + node.clusterAddress() + '"')
            .collect(Collectors.joining(", "));
    for (LimpetNode node : nodes) {
      node.start(
          """
          upstreams.nodejs {
            servers = [ { address = "127.0.0.1:%d" } ]
            health { interval = 500ms, path = "/health" }
          }
          hosts = [ { routes = [ { path = "/", upstream = nodejs } ] } ]
          cluster.peers = [ %s ]
          """
              .formatted(backend.port(), peers));
    }
    nodes.forEach(LimpetNode::awaitReady);
    for (int i = 1; i <= CHANGES; i++) {
      change(nodes.get(i % 3), i);
    }
    awaitSame();
  }

  @AfterAll
  static void stop() {
    nodes.forEach(LimpetNode::close);
    backend.close();
  }

  private static LimpetNode victim() {
    return nodes.getLast();
  }

  private static Path journal() {
    return data.resolve("changes.db");
  }

  private static void change(LimpetNode node, int weight) throws Exception {
    NodeApi.Answer answer =
        new NodeApi(node.adminAddress())
            .send("PATCH", WEIGHT + "127.0.0.1:" + backend.port(), "{\"weight\": " + weight + "}");
    assertThat(answer.status()).as("%s", answer).isEqualTo(200);
  }

  private static JsonNode changes(LimpetNode node) throws Exception {
    return new NodeApi(node.adminAddress()).get("/api/v1/changes?limit=1000").body();
  }

  private static void awaitSame() {
    await("all nodes have the same history")
        .until(
            () -> {
              JsonNode first = changes(nodes.getFirst()).path("changes");
              return first.size() >= CHANGES
                  && changes(nodes.get(1)).path("changes").equals(first)
                  && changes(victim()).path("changes").equals(first);
            });
  }

  /** Waits until the node serves, and has all that the others have; returns what it said. */
  private static String startedAndWhole() throws Exception {
    victim().restart();
    victim().awaitReady();
    assertThat(LimpetNode.get(victim().url("/whoami")).statusCode()).isEqualTo(200);
    awaitSame();
    change(victim(), 50);
    return victim().process().output();
  }

  @Test
  void aJournalOfRandomBytesIsPutAside() throws Exception {
    victim().process().kill();
    byte[] random = new byte[50_000];
    new Random(1).nextBytes(random);
    Files.write(journal(), random);
    Files.deleteIfExists(data.resolve("changes.db-wal"));
    assertThat(startedAndWhole())
        .contains("the journal of changes is damaged", "changes.db.damaged-");
    assertThat(changes(victim()).path("trouble").asText()).isEmpty();
  }

  @Test
  void aJournalThatEndsInTheMiddleOfARecordIsRead() throws Exception {
    victim().process().kill();
    Path wal = data.resolve("changes.db-wal");
    Path cut = Files.exists(wal) && Files.size(wal) > 5000 ? wal : journal();
    try (FileChannel channel = FileChannel.open(cut, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() - 1500);
    }
    startedAndWhole();
    assertThat(changes(victim()).path("trouble").asText()).isEmpty();
  }

  @Test
  void aFullDiskKeepsNoNodeFromServing() throws Exception {
    String said =
        startedIn(
            """
            set -e
            cp -a "$DATA" "$DATA.copy"
            mount -t tmpfs -o size=2m tmpfs "$DATA"
            cp -a "$DATA.copy/." "$DATA"
            dd if=/dev/zero of="$DATA/fill" bs=4096 2>/dev/null || true
            """);
    assertThat(said).contains("changes.db cannot be written", "full");
  }

  @Test
  void aDiskThatMayNotBeWrittenKeepsNoNodeFromServing() throws Exception {
    String said =
        startedIn(
            """
            set -e
            mount --bind "$DATA" "$DATA"
            mount -o remount,ro,bind "$DATA"
            """);
    assertThat(said).contains("this node serves, and keeps nothing", "node.data", "cannot be used");
  }

  /** Starts the node where its disk is another one, and afterwards as before. */
  private static String startedIn(String mounts) throws Exception {
    assumeTrue(mayMount(), "mounts need root");
    victim().process().kill();
    Files.writeString(
        script,
        "export DATA='%s'; exec unshare -m sh -c '. \"$0\"; exec \"$@\"' '%s' \"$@\"\n"
            .formatted(data, Files.writeString(directory.resolve("mounts.sh"), mounts)));
    try {
      String said = startedAndWhole();
      assertThat(changes(victim()).path("trouble").asText()).isNotEmpty();
      return said;
    } finally {
      Files.writeString(script, "exec \"$@\"\n");
      victim().process().kill();
      victim().restart();
      victim().awaitReady();
    }
  }

  private static boolean mayMount() throws IOException, InterruptedException {
    return new ProcessBuilder("unshare", "-m", "true").start().waitFor() == 0;
  }
}
