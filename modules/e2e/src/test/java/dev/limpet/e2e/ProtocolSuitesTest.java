package dev.limpet.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.limpet.e2e.fixture.Certificate;
import dev.limpet.e2e.fixture.ChatBackend;
import dev.limpet.e2e.fixture.Child;
import dev.limpet.e2e.fixture.LimpetNode;
import dev.limpet.e2e.fixture.UnderTarget;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the documents of Engine.IO's and Socket.IO's protocols and the RFC of WebSockets say,
 * through a cluster in front of two servers. The suites are JavaScript; their clients go to another
 * node with each request.
 */
class ProtocolSuitesTest {

  private static final Path SUITES = Path.of("src", "test", "js").toAbsolutePath();

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir(factory = UnderTarget.class, cleanup = CleanupMode.ON_SUCCESS)
  static Path directory;

  private static final List<ChatBackend> backends = new ArrayList<>();
  private static final List<LimpetNode> nodes = new ArrayList<>();

  @BeforeAll
  static void startAll() {
    Path script = SUITES.resolve("backend.js");
    backends.add(new ChatBackend("backend-1", directory, script));
    backends.add(new ChatBackend("backend-2", directory, script));
    nodes.addAll(LimpetNode.cluster(3, directory, backends, Certificate.create(directory), ""));
  }

  @AfterAll
  static void stopAll() {
    nodes.forEach(LimpetNode::close);
    backends.forEach(ChatBackend::close);
  }

  @ParameterizedTest
  @ValueSource(strings = {"engine.io", "socket.io", "websocket"})
  void everyCasePasses(String protocol) throws Exception {
    List<Long> before = requests();
    try (Child run =
        Child.start(
            protocol,
            directory,
            List.of("node", "--test", "--test-reporter=tap", suite(protocol)),
            Map.of(
                "PACKAGES", ChatBackend.CHAT.toString(),
                "NODES", addresses("http://127.0.0.1:", LimpetNode::port),
                "NODES_TLS", addresses("https://127.0.0.1:", LimpetNode::tlsPort)))) {
      assertThat(run.awaitExit()).as("%s", run.output()).isZero();
      assertThat(run.output()).contains("\n# fail 0\n").doesNotContain("\n# pass 0\n");
    }
    List<Long> after = requests();
    for (int i = 0; i < nodes.size(); i++) {
      assertThat(after.get(i))
          .as("requests at %s", nodes.get(i).name())
          .isGreaterThan(before.get(i));
    }
  }

  private static String suite(String protocol) {
    return SUITES.resolve(protocol + ".test.js").toString();
  }

  private static String addresses(String prefix, ToIntFunction<LimpetNode> port) {
    return nodes.stream()
        .map(node -> prefix + port.applyAsInt(node))
        .collect(Collectors.joining(","));
  }

  /** What each node has served so far. */
  private static List<Long> requests() throws Exception {
    List<Long> counts = new ArrayList<>();
    for (LimpetNode node : nodes) {
      counts.add(JSON.readTree(node.admin("/api/v1/state").body()).at("/node/requests").asLong());
    }
    return counts;
  }
}
