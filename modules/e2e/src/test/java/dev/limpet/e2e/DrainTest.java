package dev.limpet.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.e2e.fixture.ChatBackend;
import dev.limpet.e2e.fixture.LimpetNode;
import dev.limpet.e2e.fixture.UnderTarget;
import dev.limpet.testkit.KeepAliveClients;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** Real processes that really get a SIGTERM, under load. */
class DrainTest {

  private static final int CYCLES = 4;

  private static final List<String> REQUESTS =
      List.of(
          "GET /whoami HTTP/1.1\r\nHost: localhost\r\n\r\n",
          "GET /bytes?n=100000 HTTP/1.1\r\nHost: localhost\r\n\r\n",
          "GET /slow?ms=50 HTTP/1.1\r\nHost: localhost\r\n\r\n",
          "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50000\r\n\r\n"
              + "x".repeat(50_000));

  @TempDir(factory = UnderTarget.class, cleanup = CleanupMode.ON_SUCCESS)
  static Path directory;

  @Test
  void nodesThatAreRestartedInTurnCostClientsNothing() {
    try (ChatBackend backend = new ChatBackend("backend-1", directory)) {
      List<LimpetNode> nodes = LimpetNode.cluster(2, directory, List.of(backend));
      try (KeepAliveClients clients =
          new KeepAliveClients(16, nodes.stream().map(LimpetNode::port).toList(), REQUESTS)) {
        for (int i = 0; i < CYCLES; i++) {
          LimpetNode node = nodes.get(i % nodes.size());
          long before = clients.answered();
          node.process().terminate();
          assertThat(node.process().awaitExit()).isZero();
          assertThat(clients.failures()).as("after cycle %s", i + 1).isEmpty();
          node.restart();
          node.awaitReady();
          await().until(() -> clients.answered() > before + 100);
        }
        assertThat(clients.failures()).isEmpty();
      } finally {
        nodes.forEach(LimpetNode::close);
      }
    }
  }
}
