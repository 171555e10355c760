package dev.limpet.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.limpet.e2e.changes.NodeApi;
import dev.limpet.e2e.fixture.Browser;
import dev.limpet.e2e.fixture.ChatBackend;
import dev.limpet.e2e.fixture.LimpetNode;
import dev.limpet.e2e.fixture.UnderTarget;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** Three nodes that lose power at one instant, and their clients (promise P5). */
class PowerLossTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Where the head of the table's file says how many sessions follow. */
  private static final int COUNT_AT = 3 * Long.BYTES;

  @TempDir(factory = UnderTarget.class, cleanup = CleanupMode.ON_SUCCESS)
  static Path directory;

  private static final List<ChatBackend> backends = new ArrayList<>();
  private static final List<LimpetNode> nodes = new ArrayList<>();

  @BeforeAll
  static void startAll() {
    for (int i = 1; i <= 3; i++) {
      backends.add(new ChatBackend("backend-" + i, directory));
    }
    nodes.addAll(
        LimpetNode.cluster(
            3,
            directory,
            backends,
            null,
            """
            upstreams.nodejs.affinity {
              by = [ cookie, learn ]
              learn { cookies = [ connect.sid ], ttl = 1h }
            }
            """));
  }

  @AfterAll
  static void stopAll() {
    nodes.forEach(LimpetNode::close);
    backends.forEach(ChatBackend::close);
  }

  @Test
  void everySessionIsWhereItWasAndCookiesOfBeforeAreStillGood() throws Exception {
    List<Client> clients = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      clients.add(new Client(i % 2 == 0 ? Kind.COOKIE : Kind.LEARNED, nodes.get(i % 3)));
    }
    moveSessions(clients);
    visitAll(clients);
    // The last one to come: a file that has it has all the others.
    clients.add(new Client(Kind.LEARNED, nodes.getFirst()));
    for (LimpetNode node : nodes) {
      await(node.name() + " has written its table")
          .atMost(Duration.ofMinutes(3))
          .until(() -> sessionsOnDisk(node) == sessionsOf(node));
    }

    String added = "/api/v1/upstreams/nodejs/servers/added";
    String drained = "/api/v1/upstreams/nodejs/servers/127.0.0.1:" + backends.getLast().port();
    change(
        nodes.getFirst(),
        "POST",
        "/api/v1/upstreams/nodejs/servers",
        "{\"id\": \"added\", \"address\": \"127.0.0.1:%d\", \"backup\": \"on\", \"weight\": 7}"
            .formatted(backends.getFirst().port()));
    change(nodes.getLast(), "PATCH", drained, "{\"state\": \"drain\"}");

    cutPower();
    long begun = System.nanoTime();
    nodes.forEach(LimpetNode::restart);
    nodes.forEach(LimpetNode::awaitReady);
    System.out.printf(
        "power loss: all nodes are ready again after %.1f s%n", (System.nanoTime() - begun) / 1e9);

    for (LimpetNode node : nodes) {
      NodeApi api = new NodeApi(node.adminAddress());
      assertThat(api.get(added).body().path("weight").asInt()).isEqualTo(7);
      assertThat(api.get(drained).body().path("state").asText()).isEqualTo("drain");
      assertThat(api.get("/api/v1/changes").body().path("changes")).hasSize(2);
    }
    visitAll(clients);
    nodes.forEach(
        node -> assertThat(node.process().output()).contains("sessions are known from before"));
  }

  private static void change(LimpetNode node, String method, String path, String body)
      throws Exception {
    NodeApi.Answer answer = new NodeApi(node.adminAddress()).send(method, path, body);
    assertThat(answer.status()).as("%s", answer).isIn(200, 201);
  }

  /** A server dies, and is back when its sessions are elsewhere. */
  private static void moveSessions(List<Client> clients) {
    ChatBackend dying =
        backends.stream()
            .filter(backend -> backend.name().equals(clients.getFirst().last.backend()))
            .findFirst()
            .orElseThrow();
    List<Client> moving =
        clients.stream().filter(client -> client.last.backend().equals(dying.name())).toList();
    dying.kill();
    for (Client client : moving) {
      client.moveFrom(dying, nodes.get(1));
    }
    dying.restart();
  }

  private static void visitAll(List<Client> clients) {
    for (Client client : clients) {
      nodes.forEach(client::visit);
    }
  }

  private static void cutPower() throws Exception {
    List<String> command = new ArrayList<>(List.of("kill", "-KILL"));
    nodes.forEach(node -> command.add(Long.toString(node.process().pid())));
    assertThat(new ProcessBuilder(command).start().waitFor()).isZero();
    nodes.forEach(node -> node.process().awaitExit());
  }

  private static long sessionsOf(LimpetNode node) throws IOException {
    return JSON.readTree(node.admin("/api/v1/sessions").body()).path("table").asLong();
  }

  private static long sessionsOnDisk(LimpetNode node) throws IOException {
    Path file = directory.resolve("data").resolve(node.name()).resolve("sessions");
    if (!Files.exists(file)) {
      return -1;
    }
    try (FileChannel channel = FileChannel.open(file)) {
      ByteBuffer count = ByteBuffer.allocate(Long.BYTES);
      channel.read(count, COUNT_AT);
      return count.flip().getLong();
    }
  }

  private enum Kind {
    /** Keeps the first cookie that Limpet gave it, whatever comes later. */
    COOKIE,
    /** Keeps its application's cookie only. */
    LEARNED
  }

  private static final class Client {
    private final Kind kind;
    private final Browser browser = new Browser();
    private final @Nullable String cookie;
    private Browser.WhoAmI last;
    private boolean moved;

    Client(Kind kind, LimpetNode node) {
      this.kind = kind;
      last = browser.whoAmI(node);
      cookie = browser.cookies().get("limpet");
      keepCookies();
    }

    /** Comes again, and finds everything as it was. */
    void visit(LimpetNode node) {
      Browser.WhoAmI now = browser.whoAmI(node);
      assertThat(now)
          .as("%s client at %s, logs in %s", kind, node.name(), node.directory())
          .isEqualTo(new Browser.WhoAmI(last.backend(), last.pid(), last.visits() + 1));
      last = now;
      if (kind == Kind.COOKIE && !moved) {
        assertThat(browser.cookies().get("limpet")).as("its cookie is good").isEqualTo(cookie);
      }
      keepCookies();
    }

    void moveFrom(ChatBackend dead, LimpetNode node) {
      moved = true;
      last = browser.whoAmI(node);
      assertThat(last.backend()).isNotEqualTo(dead.name());
      keepCookies();
    }

    private void keepCookies() {
      if (kind == Kind.COOKIE) {
        browser.cookies().put("limpet", Objects.requireNonNull(cookie));
      } else {
        browser.cookies().remove("limpet");
      }
    }
  }
}
