package dev.limpet.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.e2e.fixture.ChatBackend;
import dev.limpet.e2e.fixture.LimpetNode;
import dev.limpet.e2e.fixture.UnderTarget;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** What one node's clients meet at a server is known at all nodes. */
class PassiveChecksTest {

  private static final Path SCRIPT = Path.of("src", "test", "js", "moody.js").toAbsolutePath();

  @TempDir(factory = UnderTarget.class, cleanup = CleanupMode.ON_SUCCESS)
  static Path directory;

  @Test
  void aServerThatFailsAtOneNodeGetsNoClientsFromTheOther() throws Exception {
    try (ChatBackend one = new ChatBackend("one", directory, SCRIPT);
        ChatBackend two = new ChatBackend("two", directory, SCRIPT);
        ChatBackend sick = new ChatBackend("sick", directory, SCRIPT)) {
      List<LimpetNode> nodes =
          LimpetNode.cluster(
              2,
              directory,
              List.of(one, two, sick),
              null,
              """
              upstreams.nodejs {
                affinity.by = []
                health.passive { server-errors = 3, eject = 8s }
              }
              """);
      try (LimpetNode first = nodes.get(0);
          LimpetNode second = nodes.get(1)) {
        tell(sick, "/500");
        int failed = 0;
        for (int i = 0; i < 9; i++) {
          failed += LimpetNode.get(first.url("/")).statusCode() == 500 ? 1 : 0;
        }
        assertThat(failed).as("every third one").isEqualTo(3);
        await("the other node knows")
            .atMost(Duration.ofSeconds(6))
            .until(() -> metrics(second).contains(ejections(sick)));
        for (int i = 0; i < 12; i++) {
          assertThat(LimpetNode.get(second.url("/")).statusCode()).isEqualTo(200);
        }

        tell(sick, "/200");
        for (LimpetNode node : nodes) {
          await("it serves clients of " + node.name())
              .atMost(Duration.ofSeconds(60))
              .until(() -> server(LimpetNode.get(node.url("/"))).equals("sick"));
        }
      }
    }
  }

  private static void tell(ChatBackend backend, String path)
      throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      URI uri = URI.create("http://127.0.0.1:" + backend.port() + path);
      HttpRequest post =
          HttpRequest.newBuilder(uri).POST(HttpRequest.BodyPublishers.noBody()).build();
      client.send(post, HttpResponse.BodyHandlers.discarding());
    }
  }

  private static String metrics(LimpetNode node) {
    return node.admin("/metrics").body();
  }

  private static String ejections(ChatBackend backend) {
    return "limpet_ejections_total{cause=\"server_errors\",server=\"nodejs/127.0.0.1:"
        + backend.port();
  }

  private static String server(HttpResponse<String> response) {
    return response.headers().firstValue("x-served-by").orElse("");
  }
}
