package dev.limpet.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.model.settings.ServerId;
import dev.limpet.testkit.Ports;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What nodes hear of each other's requests. */
class LoadsTest {

  private static final ServerId FIRST = ServerId.of("app", "10.0.0.1:80");
  private static final ServerId SECOND = ServerId.of("app", "10.0.0.2:80");

  private final int[] peers = IntStream.range(0, 3).map(_ -> Ports.free()).toArray();
  private final List<TestNode> nodes = new ArrayList<>();

  @AfterEach
  void stopAll() {
    nodes.forEach(TestNode::close);
  }

  private static void awaitElsewhere(TestNode node, Map<String, Integer> wanted) {
    await()
        .atMost(Duration.ofSeconds(90))
        .untilAsserted(() -> assertThat(node.snapshot().elsewhere()).isEqualTo(wanted));
  }

  @Test
  void everyNodeHearsTheSumOfTheOthers() {
    for (int port : peers) {
      nodes.add(TestNode.start(port, peers));
    }
    nodes.forEach(node -> node.awaitMembers(3));
    nodes.get(0).cluster().reportLoad(Map.of(FIRST, 2, SECOND, 1));
    nodes.get(1).cluster().reportLoad(Map.of(FIRST, 3));
    awaitElsewhere(nodes.get(2), Map.of(FIRST.value(), 5, SECOND.value(), 1));
    awaitElsewhere(nodes.get(0), Map.of(FIRST.value(), 3));

    nodes.get(0).cluster().reportLoad(Map.of());
    awaitElsewhere(nodes.get(2), Map.of(FIRST.value(), 3));
    nodes.get(1).close();
    awaitElsewhere(nodes.get(2), Map.of());
  }
}
