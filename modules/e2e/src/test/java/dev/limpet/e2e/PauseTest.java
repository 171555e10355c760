package dev.limpet.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.limpet.e2e.fixture.ChatBackend;
import dev.limpet.e2e.fixture.LimpetNode;
import dev.limpet.e2e.fixture.UnderTarget;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * A pause is not a death: what becomes of the sessions of a server that is late, stopped, or
 * killed.
 */
class PauseTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path SCRIPT = Path.of("src", "test", "js", "pausing.js").toAbsolutePath();

  @TempDir(factory = UnderTarget.class, cleanup = CleanupMode.ON_SUCCESS)
  static Path directory;

  private static final List<ChatBackend> backends = new ArrayList<>();
  private static final List<LimpetNode> nodes = new ArrayList<>();

  @BeforeAll
  static void startAll() {
    for (int i = 1; i <= 3; i++) {
      backends.add(new ChatBackend("backend-" + i, directory, SCRIPT));
    }
    nodes.addAll(
        LimpetNode.cluster(
            3,
            directory,
            backends,
            null,
            """
            upstreams.nodejs {
              health { timeout = 1s, dead-after = 5s }
              timeouts.first-byte = 10s
            }
            """));
  }

  @AfterAll
  static void stopAll() {
    nodes.forEach(LimpetNode::close);
    backends.forEach(ChatBackend::close);
  }

  @Test
  void aBusyEventLoopLosesNoSessionAndGetsNoNewClients() {
    ChatBackend busy = backends.get(0);
    String cookie = sessionAt(busy);
    CompletableFuture<String> pause = later("http://127.0.0.1:" + busy.port() + "/busy?4000");
    nodes.forEach(node -> awaitHealth(node, busy, "suspect"));
    List<CompletableFuture<String>> bound =
        nodes.stream().map(node -> later(node.url("/"), "Cookie", cookie)).toList();
    for (int i = 0; i < 9 && !pause.isDone(); i++) {
      assertThat(LimpetNode.get(nodes.get(i % 3).url("/")).body()).isNotEqualTo(busy.name());
    }
    assertThat(bound).allSatisfy(answer -> assertThat(answer.join()).isEqualTo(busy.name()));
    nodes.forEach(node -> awaitHealth(node, busy, "up"));
    assertThat(places(cookie)).containsOnly(busy.name());
    assertThat(nodes)
        .allSatisfy(
            node ->
                assertThat(node.process().output())
                    .contains(
                        "127.0.0.1:"
                            + busy.port()
                            + " is suspect: GET /health: no answer in 1 s; it gets no new clients")
                    .doesNotContain("127.0.0.1:" + busy.port() + " is dead"));
  }

  @Test
  void aServerThatIsStoppedForLongLosesItsSessionsOnceAndToOnePlace() {
    ChatBackend stopped = backends.get(1);
    String cookie = sessionAt(stopped);
    stopped.signal("STOP");
    try {
      nodes.forEach(node -> awaitHealth(node, stopped, "suspect"));
      nodes.forEach(node -> awaitHealth(node, stopped, "dead"));
      // A node that has just stood still itself tries the server before it moves a session.
      List<String> places =
          await().atMost(Duration.ofMinutes(2)).until(() -> places(cookie), PauseTest::areServers);
      assertThat(places.stream().distinct()).hasSize(1).doesNotContain(stopped.name());
      stopped.signal("CONT");
      nodes.forEach(node -> awaitHealth(node, stopped, "up"));
      assertThat(places(cookie)).as("no way back").isEqualTo(places);
    } finally {
      stopped.signal("CONT");
    }
  }

  @Test
  void aServerThatIsKilledLosesItsSessionsWithTheNextRequest() {
    ChatBackend killed = backends.get(2);
    String cookie = sessionAt(killed);
    killed.kill();
    List<String> places = places(cookie);
    assertThat(places.stream().distinct()).hasSize(1).doesNotContain(killed.name());
    nodes.forEach(node -> awaitHealth(node, killed, "dead"));
    assertThat(nodes.getFirst().admin("/metrics").body())
        .contains("limpet_servers{health=\"dead\",upstream=\"nodejs\"} 1");
    killed.restart();
    nodes.forEach(node -> awaitHealth(node, killed, "up"));
    assertThat(places(cookie)).as("no way back").isEqualTo(places);
  }

  /** The cookie of a client that belongs there. */
  private static String sessionAt(ChatBackend backend) {
    Map<String, String> cookies = new HashMap<>();
    await()
        .until(
            () -> {
              HttpResponse<String> begun = LimpetNode.get(nodes.get(0).url("/"));
              cookies.put(
                  begun.body(),
                  begun.headers().firstValue("set-cookie").orElse("").split(";", 2)[0]);
              return cookies.containsKey(backend.name());
            });
    return cookies.getOrDefault(backend.name(), "");
  }

  /** Where each node sends this client. */
  private static List<String> places(String cookie) {
    return IntStream.range(0, 6)
        .mapToObj(i -> LimpetNode.get(nodes.get(i % 3).url("/"), "Cookie", cookie).body())
        .toList();
  }

  private static boolean areServers(List<String> bodies) {
    return backends.stream().map(ChatBackend::name).toList().containsAll(bodies);
  }

  private static CompletableFuture<String> later(String url, String... headers) {
    return CompletableFuture.supplyAsync(
        () -> LimpetNode.get(url, headers).body(), task -> Thread.ofVirtual().start(task));
  }

  private static void awaitHealth(LimpetNode node, ChatBackend backend, String health) {
    await(node.name() + " calls " + backend.name() + " " + health)
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(50))
        .until(
            () -> {
              for (JsonNode server :
                  JSON.readTree(node.admin("/api/v1/state").body())
                      .at("/upstreams/nodejs/servers")) {
                if (server.path("address").asText().equals("127.0.0.1:" + backend.port())) {
                  return server.path("health").asText().equals(health);
                }
              }
              return false;
            });
  }
}
