package dev.limpet.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.model.state.ClusterSnapshot;
import dev.limpet.model.state.Health;
import dev.limpet.testkit.Origin;
import dev.limpet.testkit.Ports;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A node whose actors fail says so, and is whole again by itself. */
class SupervisionTest {

  private final Origin server = Origin.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  private final BlockingQueue<ClusterSnapshot.Readiness> said = new LinkedBlockingQueue<>();
  private TestNode node;

  @BeforeEach
  void start() {
    int port = Ports.free();
    node = TestNode.start(port, new int[] {port}, server.port()).awaitReady();
    node.awaitHealth(server.port(), Health.UP);
    node.cluster().subscribe(snapshot -> said.add(snapshot.readiness()));
  }

  @AfterEach
  void stop() {
    node.close();
    server.close();
  }

  @Test
  @SuppressWarnings("NullAway")
  void anActorThatFailsStartsAnewAndTheNodeIsNotReadyMeanwhile() {
    node.cluster().reportAnswered(null);
    await().until(() -> said.stream().anyMatch(readiness -> !readiness.ready()));
    assertThat(said.stream().map(ClusterSnapshot.Readiness::waitingFor).distinct().toList())
        .contains("the node's view of the cluster, which starts anew");
    node.awaitReady();
    server.close();
    node.awaitHealth(server.port(), Health.DEAD);
  }

  @Test
  void anActorThatEndsTakesTheNodeThroughTheClusterAnew() {
    List<String> keys = node.keys();
    node.cluster().end("limpet-sessions");
    await().until(() -> said.stream().anyMatch(readiness -> !readiness.ready()));
    node.awaitReady();
    assertThat(node.keys()).isEqualTo(keys);
    server.close();
    node.awaitHealth(server.port(), Health.DEAD);
  }

  @Test
  void aListenerThatFailsKeepsNothingFromTheOthers() {
    node.cluster()
        .subscribe(
            snapshot -> {
              throw new IllegalStateException("a listener that fails");
            });
    server.close();
    node.awaitHealth(server.port(), Health.DEAD);
    assertThat(said).isNotEmpty();
  }
}
