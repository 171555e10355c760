package dev.limpet.cluster;

import dev.limpet.model.Health;
import dev.limpet.model.Placement;
import dev.limpet.model.SessionKey;
import dev.limpet.model.Settings;
import dev.limpet.testkit.Origin;
import dev.limpet.testkit.Ports;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class ClusterNodeTest {

  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

  private final int[] peers = {Ports.free(), Ports.free(), Ports.free()};
  private final List<TestNode> nodes = new ArrayList<>();

  @AfterEach
  void stopAll() {
    nodes.forEach(TestNode::close);
  }

  @Test
  void nodesThatStartAtTheSameTimeFormOneCluster() {
    startAll();
    assertThat(nodes.get(0).keys()).hasSize(1);
    assertThat(nodes.get(1).keys()).isEqualTo(nodes.get(0).keys());
    assertThat(nodes.get(2).keys()).isEqualTo(nodes.get(0).keys());
  }

  @Test
  void aNodeFormsNoClusterWithoutTheMajorityOfItsPeers() {
    TestNode lonely = start(0);
    await().during(Duration.ofSeconds(3)).until(() -> !lonely.isReady());
    TestNode second = start(1);
    lonely.awaitReady();
    second.awaitReady();
    lonely.awaitMembers(2);
  }

  @Test
  void aNodeThatDiesAndStartsAgainAtOnceFindsItsClusterAgain() {
    startAll();
    List<String> keys = nodes.get(0).keys();
    nodes.get(0).close();
    nodes.set(0, TestNode.start(peers[0], peers));
    nodes.get(0).awaitReady();
    nodes.forEach(node -> node.awaitMembers(3));
    assertThat(nodes.get(0).keys()).isEqualTo(keys);
  }

  @Test
  void allNodesHoldTheMajoritysVerdictOnAServer() {
    int port = Ports.free();
    Origin server = Origin.answering(port, OK);
    try (Origin well = Origin.answering(OK)) {
      startAll(port, well.port());
      nodes.forEach(node -> assertThat(node.health(port)).isEqualTo(Health.UP));
      server.close();
      nodes.forEach(node -> node.awaitHealth(port, Health.DOWN));
      try (Origin again = Origin.answering(port, OK)) {
        nodes.forEach(node -> node.awaitHealth(port, Health.UP));
      }
      nodes.forEach(node -> assertThat(node.health(well.port())).isEqualTo(Health.UP));
    } finally {
      server.close();
    }
  }

  @Test
  void nodesThatMoveASessionAtTheSameTimeAgreeOnItsPlace() {
    startAll();
    List<SessionKey> keys = LongStream.range(0, 100).mapToObj(i -> new SessionKey(i, -i)).toList();
    List<CompletableFuture<Placement>> moves = new ArrayList<>();
    for (SessionKey key : keys) {
      for (int node = 0; node < nodes.size(); node++) {
        moves.add(move(nodes.get(node), key, node));
      }
    }
    moves.forEach(CompletableFuture::join);
    await("one place for each session")
        .atMost(Duration.ofSeconds(10))
        .until(
            () ->
                keys.stream()
                    .allMatch(
                        key ->
                            nodes.stream()
                                    .map(node -> node.cluster().sessions().lookup(key))
                                    .distinct()
                                    .count()
                                == 1));
  }

  @Test
  void aNodeIsReadyOnlyWithTheSessionsThatMovedBeforeItCame() {
    start(0);
    start(1);
    nodes.forEach(TestNode::awaitReady);
    List<SessionKey> keys =
        LongStream.range(0, 500).mapToObj(i -> new SessionKey(i * 0x9E3779B97F4A7C15L, i)).toList();
    keys.stream()
        .map(key -> move(nodes.get(1), key, key.low()))
        .toList()
        .forEach(CompletableFuture::join);
    TestNode late = start(2).awaitReady();
    assertThat(keys.stream().map(key -> late.cluster().sessions().lookup(key)))
        .extracting(place -> place == null ? -1 : place.backend())
        .isEqualTo(keys.stream().map(SessionKey::low).toList());
  }

  private static CompletableFuture<Placement> move(TestNode node, SessionKey key, long backend) {
    return node.cluster()
        .sessions()
        .move(
            key,
            new Placement(1, 0),
            _ -> true,
            _ -> backend,
            Duration.ofMinutes(1),
            Settings.Replicate.QUORUM)
        .toCompletableFuture();
  }

  private TestNode start(int index, int... servers) {
    TestNode node = TestNode.start(peers[index], peers, servers);
    nodes.add(node);
    return node;
  }

  private void startAll(int... servers) {
    for (int i = 0; i < peers.length; i++) {
      start(i, servers);
    }
    nodes.forEach(TestNode::awaitReady);
    nodes.forEach(node -> node.awaitMembers(3));
  }
}
