package dev.limpet.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.limpet.model.state.ClusterSnapshot;
import dev.limpet.testkit.Ports;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * When the last nodes that live take traffic without a majority, and when they leave it to others.
 */
class DegradedTest {

  private static final Optional<Duration> NEVER = Optional.empty();
  private static final Optional<Duration> HARDLY_EVER = Optional.of(Duration.ofHours(1));
  private static final Optional<Duration> SOON = Optional.of(Duration.ofSeconds(2));
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final List<TestNode> nodes = new ArrayList<>();

  @AfterEach
  void stopAll() {
    nodes.forEach(TestNode::close);
  }

  @Test
  void whereTheOthersAreDeadTheLastOneServesAtOnceUntilThereIsAMajorityAgain() {
    int[] peers = start(2, HARDLY_EVER);
    TestNode left = nodes.getFirst();
    BlockingQueue<ClusterSnapshot.Readiness> said = new LinkedBlockingQueue<>();
    left.cluster().subscribe(snapshot -> said.add(snapshot.readiness()));
    nodes.remove(1).close();
    await().atMost(PATIENCE).until(() -> readiness(left).degraded());
    assertThat(said).anyMatch(readiness -> !readiness.ready());
    assertThat(readiness(left).ready()).isTrue();
    assertThat(readiness(left).waitingFor()).contains("majority");
    nodes.add(TestNode.start(peers[1], peers, HARDLY_EVER));
    await()
        .atMost(PATIENCE)
        .until(() -> nodes.stream().allMatch(node -> readiness(node).waitingFor().isEmpty()));
    assertThat(readiness(left).degraded()).isFalse();
  }

  @Test
  void aNodeThatIsStoppingItselfDoesNotComplainThatTheOthersAreGone() {
    start(2, HARDLY_EVER);
    TestNode last = nodes.getFirst();
    Logger logger = (Logger) LoggerFactory.getLogger("dev.limpet.cluster");
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    logger.addAppender(log);
    try {
      last.cluster().prepareToLeave();
      nodes.remove(1).close();
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  readiness(last).degraded()
                      && last.snapshot().nodes().stream().anyMatch(node -> !node.reachable()));
      assertThat(List.copyOf(log.list))
          .extracting(ILoggingEvent::getFormattedMessage)
          .containsOnly("upstream app has no servers");
    } finally {
      logger.detachAppender(log);
    }
  }

  @Test
  void whoeverMayBeAliveIsWaitedForButNotForEver() throws IOException {
    int[] peers = ports(2);
    // Something is there and takes connections: the node may be slow, or cut off.
    try (ServerSocket silent = new ServerSocket(peers[1], 50, InetAddress.getLoopbackAddress())) {
      long begun = System.nanoTime();
      TestNode patient = TestNode.start(peers[0], peers, SOON);
      nodes.add(patient);
      await().atMost(PATIENCE).until(() -> readiness(patient).degraded());
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(SOON.orElseThrow());
      assertThat(silent.isBound()).isTrue();
    }
  }

  @Test
  void aNodeThatStartsFirstDoesNotTakeTheOthersForDead() {
    int[] peers = ports(2);
    TestNode first = TestNode.start(peers[0], peers, HARDLY_EVER);
    nodes.add(first);
    await().during(Duration.ofSeconds(3)).until(() -> !readiness(first).ready());
  }

  @Test
  void whoWantsItSoWaitsForEver() {
    start(2, NEVER);
    TestNode left = nodes.getFirst();
    nodes.remove(1).close();
    await().atMost(PATIENCE).until(() -> !readiness(left).ready());
    await().during(Duration.ofSeconds(3)).until(() -> !readiness(left).ready());
  }

  private int[] start(int count, Optional<Duration> patience) {
    int[] peers = ports(count);
    IntStream.of(peers).forEach(peer -> nodes.add(TestNode.start(peer, peers, patience)));
    nodes.forEach(TestNode::awaitReady);
    return peers;
  }

  private static int[] ports(int count) {
    return IntStream.range(0, count).map(i -> Ports.free()).toArray();
  }

  private static ClusterSnapshot.Readiness readiness(TestNode node) {
    return node.snapshot().readiness();
  }
}
