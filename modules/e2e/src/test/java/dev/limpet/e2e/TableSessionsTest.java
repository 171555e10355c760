package dev.limpet.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.limpet.e2e.fixture.ChatBackend;
import dev.limpet.e2e.fixture.Child;
import dev.limpet.e2e.fixture.LimpetNode;
import dev.limpet.e2e.fixture.UnderTarget;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** Sessions whose ids applications make, at three nodes, and what operators see and do of them. */
class TableSessionsTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path SCRIPTS = Path.of("src", "test", "js").toAbsolutePath();

  /** More of them by -Dlimpet.invented=100000. */
  private static final int INVENTED = Integer.getInteger("limpet.invented", 3000);

  /** More of them by -Dlimpet.sessions=100000. */
  private static final String SESSIONS = System.getProperty("limpet.sessions", "10000");

  @TempDir(factory = UnderTarget.class, cleanup = CleanupMode.ON_SUCCESS)
  static Path directory;

  private static final List<ChatBackend> backends = new ArrayList<>();
  private static final List<LimpetNode> nodes = new ArrayList<>();

  @BeforeAll
  static void startAll() {
    Path script = SCRIPTS.resolve("sessions-backend.js");
    for (int i = 1; i <= 3; i++) {
      backends.add(new ChatBackend("backend-" + i, directory, script));
    }
    nodes.addAll(
        LimpetNode.cluster(
            3,
            directory,
            backends,
            null,
            """
            upstreams.nodejs.affinity {
              by = [ socket-io, learn ]
              learn { cookies = [ app.sid ], ttl = 1h }
            }
            """));
  }

  @AfterAll
  static void stopAll() {
    nodes.forEach(LimpetNode::close);
    backends.forEach(ChatBackend::close);
  }

  @Test
  void aLearnedIdIsKnownAtAnotherNodeAtOnceAlsoWhenTheFirstIsKilled() throws Exception {
    JsonNode result = runWhileANodeDies("learned.js", Map.of("SESSIONS", SESSIONS));
    assertThat(result.path("lost").asInt()).as("%s", result).isZero();
    assertThat(result.path("checked").asInt()).isEqualTo(Integer.parseInt(SESSIONS));
  }

  @Test
  void socketIoClientsWithoutCookiesPollAtAnyNode() throws Exception {
    JsonNode result = runWhileANodeDies("polling.js", Map.of("REQUESTS", SESSIONS));
    assertThat(result.path("wrong").asInt()).as("%s", result).isZero();
    assertThat(result.path("unknown").asInt()).as("%s", result).isZero();
    assertThat(result.path("sent").asInt()).isGreaterThanOrEqualTo(Integer.parseInt(SESSIONS));
  }

  @Test
  void idsThatNoServerHasSetTakeNoPlaceInTheTable() throws Exception {
    HttpResponse<String> begun = LimpetNode.get(nodes.get(0).url("/begin"));
    String cookie = begun.headers().firstValue("set-cookie").orElse("").split(";", 2)[0];
    for (LimpetNode node : nodes) {
      node.awaitReady();
      assertThat(LimpetNode.get(node.url("/"), "Cookie", cookie).body()).isEqualTo(begun.body());
    }
    long before = table();
    try (HttpClient client = HttpClient.newHttpClient()) {
      for (int sent = 0; sent < INVENTED; sent += 100) {
        List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
        for (int i = sent; i < sent + 100; i++) {
          HttpRequest request =
              HttpRequest.newBuilder(URI.create(nodes.get(i % 3).url("/")))
                  .header("Cookie", "app.sid=invented-" + i)
                  .build();
          answers.add(client.sendAsync(request, HttpResponse.BodyHandlers.ofString()));
        }
        for (CompletableFuture<HttpResponse<String>> answer : answers) {
          assertThat(answer.get(60, TimeUnit.SECONDS).statusCode())
              .as("a server's answer: it does not know the id either")
              .isEqualTo(401);
        }
      }
    }
    assertThat(table()).isLessThanOrEqualTo(before);
    for (LimpetNode node : nodes) {
      assertThat(LimpetNode.get(node.url("/"), "Cookie", cookie).body()).isEqualTo(begun.body());
    }
  }

  private static long table() throws Exception {
    return JSON.readTree(nodes.get(0).admin("/api/v1/sessions").body()).path("table").asLong();
  }

  @Test
  void operatorsSeeSessionsByServerAndFindOneByItsId() throws Exception {
    HttpResponse<String> begun = LimpetNode.get(nodes.get(0).url("/begin"));
    String id = begun.headers().firstValue("set-cookie").orElse("").split("[=;]", 3)[1];
    for (LimpetNode node : nodes) {
      await(node.name() + " knows the session")
          .until(() -> node.admin(query(id)).statusCode() == 200);
      JsonNode found = JSON.readTree(node.admin(query(id)).body());
      assertThat(found.path("server").asText()).isEqualTo("nodejs/127.0.0.1:" + port(begun.body()));
      assertThat(found.path("secondsLeft").asLong()).isBetween(3_500L, 3_600L);
    }
    assertThat(nodes.get(0).admin(query("nobody's")).statusCode()).isEqualTo(404);
    assertThat(nodes.get(0).admin("/api/v1/sessions?upstream=nodejs&by=cookie&id=x").body())
        .contains("by: \\\"cookie\\\" is no affinity rule of nodejs; it has [socket-io, learn]");
    JsonNode all = JSON.readTree(nodes.get(0).admin("/api/v1/sessions").body());
    JsonNode upstream = all.at("/upstreams/nodejs");
    long sum = 0;
    for (JsonNode count : upstream.path("servers")) {
      sum += count.asLong();
    }
    assertThat(sum)
        .isPositive()
        .isEqualTo(upstream.path("sessions").asLong())
        .isEqualTo(all.path("table").asLong());
    assertThat(nodes.get(0).admin("/metrics").body())
        .contains("limpet_sessions ", "limpet_sessions_bound_total ", "limpet_ready 1.0");
  }

  @Test
  void aServerThatDrainsKeepsItsSessionsAndGetsNoOthers() throws Exception {
    ChatBackend draining = backends.get(0);
    Map<String, String> clients = new HashMap<>();
    while (!clients.containsValue(draining.name())) {
      HttpResponse<String> begun = LimpetNode.get(nodes.get(0).url("/begin"));
      clients.put(
          begun.headers().firstValue("set-cookie").orElse("").split(";", 2)[0], begun.body());
    }
    assertThat(patch(draining, "{\"state\": \"drian\"}").body())
        .contains("state: expected \\\"up\\\", \\\"drain\\\" or \\\"down\\\"");
    assertThat(patch(draining, "{\"stat\": 1}").statusCode()).isEqualTo(422);
    assertThat(patch(draining, "{\"state\": \"drain\"}").statusCode()).isEqualTo(200);
    nodes.forEach(node -> awaitState(node, draining, "drain"));
    for (int i = 0; i < 30; i++) {
      assertThat(LimpetNode.get(nodes.get(i % 3).url("/begin")).body())
          .isNotEqualTo(draining.name());
    }
    clients.forEach(
        (cookie, server) ->
            nodes.forEach(
                node ->
                    assertThat(LimpetNode.get(node.url("/"), "Cookie", cookie).body())
                        .isEqualTo(server)));

    assertThat(patch(draining, "{\"state\": \"down\"}").statusCode()).isEqualTo(200);
    nodes.forEach(node -> awaitState(node, draining, "down"));
    clients.forEach(
        (cookie, server) ->
            assertThat(
                    nodes.stream()
                        .map(node -> LimpetNode.get(node.url("/"), "Cookie", cookie).body())
                        .distinct())
                .as("one place, and not the one that is down")
                .hasSize(1)
                .doesNotContain(draining.name()));
    assertThat(patch(draining, "{\"state\": \"up\"}").statusCode()).isEqualTo(200);
    nodes.forEach(node -> awaitState(node, draining, "up"));
  }

  private static JsonNode runWhileANodeDies(String script, Map<String, String> environment)
      throws IOException {
    Map<String, String> all = new HashMap<>(environment);
    all.put("PACKAGES", ChatBackend.CHAT.toString());
    all.put("NODES", nodes.stream().map(node -> node.url("")).collect(Collectors.joining(",")));
    all.put(
        "BACKENDS",
        backends.stream()
            .map(backend -> "http://127.0.0.1:" + backend.port())
            .collect(Collectors.joining(",")));
    LimpetNode dying = nodes.get(2);
    try (Child run =
        Child.start(script, directory, List.of("node", SCRIPTS.resolve(script).toString()), all)) {
      run.awaitOutput("half");
      dying.process().kill();
      dying.restart();
      assertThat(run.awaitExit()).as("%s", run.output()).isZero();
      dying.awaitReady();
      String output = run.output().strip();
      return JSON.readTree(output.substring(output.lastIndexOf('\n') + 1));
    }
  }

  private static String query(String id) {
    return "/api/v1/sessions?upstream=nodejs&by=learn&id=" + id.replace("'", "%27");
  }

  private static HttpResponse<String> patch(ChatBackend backend, String body) throws Exception {
    URI uri =
        URI.create(
            nodes.get(1).adminUrl("/api/v1/upstreams/nodejs/servers/127.0.0.1:" + backend.port()));
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(
          HttpRequest.newBuilder(uri)
              .header("Content-Type", "application/json")
              .method("PATCH", HttpRequest.BodyPublishers.ofString(body))
              .build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  private static void awaitState(LimpetNode node, ChatBackend backend, String state) {
    await(node.name() + " hears of it")
        .until(
            () -> {
              for (JsonNode server :
                  JSON.readTree(node.admin("/api/v1/state").body())
                      .at("/upstreams/nodejs/servers")) {
                if (server.path("address").asText().equals("127.0.0.1:" + backend.port())) {
                  return server.path("state").asText().equals(state);
                }
              }
              return false;
            });
  }

  private static int port(String backend) {
    return backends.stream()
        .filter(candidate -> candidate.name().equals(backend))
        .findFirst()
        .orElseThrow()
        .port();
  }
}
