package dev.limpet.cluster;

import static dev.limpet.model.settings.Settings.Replicate.QUORUM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.limpet.cluster.port.Gate;
import dev.limpet.cluster.state.HeldKeys;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.state.ClusterSnapshot;
import dev.limpet.model.state.Ejection;
import dev.limpet.model.state.Health;
import dev.limpet.model.state.Placement;
import dev.limpet.model.state.SessionKey;
import dev.limpet.testkit.Origin;
import dev.limpet.testkit.Ports;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class ClusterNodeTest {

  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

  private static final Duration TTL = Duration.ofMinutes(10);

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
    assertNothingIsRefused(nodes);
  }

  /** Of what nodes tell each other, they understand all. */
  static void assertNothingIsRefused(List<TestNode> nodes) {
    for (TestNode node : nodes) {
      Gate gate = node.cluster().gate();
      assertThat(Gate.kinds()).allMatch(kind -> gate.count(kind) == 0);
    }
  }

  @Test
  void keysAreChangedByOneNodeAndOldOnesVerifyForAsLongAsTheirCookiesLive() {
    startAll();
    String first = nodes.get(0).keys().getFirst();
    String firstTicket = nodes.get(0).ticketKeys().getFirst();
    TestNode.pass(Duration.ofDays(1));
    awaitAll("another key is made", node -> node.keys().size() == 2);
    nodes.forEach(node -> assertThat(node.keys().getFirst()).as("not in use").isEqualTo(first));
    TestNode.pass(HeldKeys.AHEAD);
    awaitAll("and used", node -> !node.keys().getFirst().equals(first));
    String second = nodes.get(0).keys().getFirst();
    nodes.forEach(node -> assertThat(node.keys()).containsExactly(second, first));
    assertThat(nodes.get(0).ticketKeys().getFirst()).isNotEqualTo(firstTicket);

    TestNode.pass(TestNode.COOKIE_TTL.minusMinutes(10));
    nodes.get(0).close();
    nodes.set(0, TestNode.start(peers[0], peers).awaitReady());
    awaitAll("both are there", node -> node.keys().equals(List.of(second, first)));
    TestNode.pass(Duration.ofMinutes(12));
    awaitAll("the old one is gone", node -> node.keys().equals(List.of(second)));
    TestNode.pass(ClusterSnapshot.TICKET_LIFE);
    awaitAll("also this one", node -> !node.ticketKeys().contains(firstTicket));
  }

  @Test
  void ticketKeysHaveNothingToDoWithCookieKeys() {
    startAll();
    String ticket = nodes.get(0).ticketKeys().getFirst();
    assertThat(ticket).hasSize(2 * ClusterSnapshot.TICKET_KEY_BYTES);
    nodes.forEach(node -> assertThat(node.ticketKeys()).containsExactly(ticket));
    // Nor one of the three parts of such a key with any part of the other.
    String cookie = nodes.get(0).keys().getFirst();
    for (int part = 0; part < 96; part += 32) {
      assertThat(cookie).doesNotContain(ticket.substring(part, part + 32));
    }
  }

  private void awaitAll(String what, Predicate<TestNode> holds) {
    await(what).atMost(Duration.ofSeconds(90)).until(() -> nodes.stream().allMatch(holds));
  }

  @Test
  void aNodeFormsNoClusterWithoutTheMajorityOfItsPeers() {
    TestNode lonely = start(0);
    await().during(Duration.ofSeconds(3)).until(() -> !lonely.isReady());
    TestNode second = start(1);
    lonely.awaitReady();
    second.awaitReady();
    lonely.awaitMembers(2);

    // All are told to stop, and this one still has clients when the other has gone.
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    Logger logger = (Logger) LoggerFactory.getLogger("dev.limpet.cluster.sessions");
    logger.addAppender(log);
    lonely.cluster().prepareToLeave();
    second.close();
    await()
        .atMost(Duration.ofSeconds(90))
        .until(() -> lonely.snapshot().readiness().waitingFor().contains("majority"));
    logger.detachAppender(log);
    assertThat(log.list).as("an orderly stop is no cause for alarm").isEmpty();
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
      nodes.forEach(node -> node.awaitHealth(port, Health.DEAD));
      try (Origin again = Origin.answering(port, OK)) {
        nodes.forEach(node -> node.awaitHealth(port, Health.UP));
      }
      nodes.forEach(node -> assertThat(node.health(well.port())).isEqualTo(Health.UP));
    } finally {
      server.close();
    }
  }

  @Test
  void aServerThatOneNodeEjectsIsEjectedAtAllUntilItsTimeIsOver() {
    try (Origin first = Origin.answering(OK);
        Origin second = Origin.answering(OK)) {
      startAll(first.port(), second.port());
      nodes.get(0).eject(first.port());
      nodes.forEach(node -> node.awaitEjection(first.port(), true));
      Ejection seen = nodes.get(0).ejection(first.port()).orElseThrow();
      assertThat(seen.until() - seen.since()).isEqualTo(TestNode.EJECT.toMillis());
      nodes.forEach(node -> assertThat(node.ejection(first.port())).contains(seen));
      nodes.get(1).eject(second.port());
      nodes.forEach(node -> node.awaitEjection(first.port(), false));
      nodes.forEach(node -> assertThat(node.ejection(second.port())).as("the last").isEmpty());
      assertThat(nodes.get(2).cluster().millis()).isGreaterThanOrEqualTo(seen.until());
      nodes.get(2).eject(first.port());
      nodes.forEach(node -> node.awaitEjection(first.port(), true));
      assertThat(nodes.get(0).ejection(first.port()).orElseThrow().times()).isEqualTo(2);
    }
  }

  @Test
  void aServerThatDiedWhileEjectedIsBackAsSoonAsTheChecksSaySo() {
    int port = Ports.free();
    Origin server = Origin.answering(port, OK);
    try (Origin well = Origin.answering(OK)) {
      startAll(port, well.port());
      for (int i = 0; i < 3; i++) {
        nodes.get(0).eject(port);
        nodes.forEach(node -> node.awaitEjection(port, true));
        server.close();
        nodes.forEach(node -> node.awaitHealth(port, Health.DEAD));
        server = Origin.answering(port, OK);
        nodes.forEach(node -> node.awaitHealth(port, Health.UP));
        nodes.forEach(node -> assertThat(node.ejection(port)).isEmpty());
      }
    } finally {
      server.close();
    }
  }

  /** A node hears of what it has written later than of it; an ejection may come after its end. */
  @Test
  void aServerThatDiesInTheMomentInWhichItIsEjectedIsBackAsSoonAsTheChecksSaySo() {
    int port = Ports.free();
    Origin server = Origin.answering(port, OK);
    try (Origin well = Origin.answering(OK)) {
      TestNode node = TestNode.start(peers[0], new int[] {peers[0]}, port, well.port());
      nodes.add(node);
      node.awaitReady();
      for (int i = 0; i < 5; i++) {
        node.awaitHealth(port, Health.UP);
        server.close();
        node.cluster().reportUnreachable(ServerId.of(TestNode.UPSTREAM, "127.0.0.1:" + port));
        node.eject(port);
        node.awaitHealth(port, Health.DEAD);
        server = Origin.answering(port, OK);
        node.awaitHealth(port, Health.UP);
        assertThat(node.ejection(port)).isEmpty();
      }
    } finally {
      server.close();
    }
  }

  @Test
  void nodesThatMoveASessionAtTheSameTimeAreToldTheSamePlace() {
    startAll();
    Random random = new Random(3);
    for (int i = 0; i < 300; i++) {
      SessionKey key = new SessionKey(random.nextLong(), random.nextLong());
      List<CompletableFuture<Placement>> moves = new ArrayList<>();
      for (int node = 0; node < nodes.size(); node++) {
        moves.add(move(nodes.get(node), key, 100 + node));
      }
      assertThat(moves.stream().map(move -> move.join().server()).distinct()).hasSize(1);
      Placement placement = moves.getFirst().join();
      nodes.forEach(node -> assertThat(ask(node, key)).hasValue(placement.server()));
    }
  }

  @Test
  void aSessionThatWasBoundIsKnownEverywhereAtOnceEvenIfTheNodeThatBoundItDies() {
    startAll();
    Random random = new Random(4);
    for (int i = 0; i < 3_000; i++) {
      SessionKey key = new SessionKey(random.nextLong(), random.nextLong());
      bind(nodes.get(i % 3), key, i);
      assertThat(ask(nodes.get((i + 1) % 3), key)).hasValue((long) i);
    }
    SessionKey last = new SessionKey(1, 1);
    bind(nodes.get(0), last, 42);
    nodes.get(0).close();
    assertThat(ask(nodes.get(1), last)).hasValue(42L);
    assertThat(ask(nodes.get(2), last)).hasValue(42L);
    assertThat(ask(nodes.get(2), new SessionKey(2, 2))).isEmpty();
  }

  @Test
  void aNodeIsReadyOnlyWithTheSessionsThatThereWereBeforeItCame() {
    start(0);
    start(1);
    nodes.forEach(TestNode::awaitReady);
    Random random = new Random(5);
    assertThatALateNodeGets(
        Stream.generate(() -> new SessionKey(random.nextLong(), random.nextLong()))
            .limit(20_000)
            .toList());
  }

  @Test
  void aNodeGetsATableWhoseBucketsAreTooFullToBeSentManyAtOnce() {
    start(0);
    start(1);
    nodes.forEach(TestNode::awaitReady);
    // As many in each of 80 buckets as there are where the table holds tens of millions.
    long inverse =
        new BigInteger("9e3779b97f4a7c15", 16)
            .modInverse(BigInteger.TWO.pow(Long.SIZE))
            .longValue();
    assertThatALateNodeGets(
        LongStream.range(0, 80 * 500)
            .mapToObj(i -> new SessionKey(i, ((i % 80 << 48) + i) * inverse))
            .toList());
  }

  private void assertThatALateNodeGets(List<SessionKey> keys) {
    keys.stream()
        .map(key -> nodes.get(1).cluster().sessions().bind(key, key.low(), TTL, QUORUM))
        .toList()
        .forEach(bound -> bound.toCompletableFuture().join());
    TestNode late = start(2).awaitReady();
    assertThat(keys.stream().map(key -> late.cluster().sessions().find(key, TTL)))
        .extracting(placement -> placement == null ? -1 : placement.server())
        .isEqualTo(keys.stream().map(SessionKey::low).toList());
  }

  @Test
  void aNodeWithoutAMajorityAnswersByItselfAndTellsTheOthersWhenTheyAreBack() {
    startAll();
    SessionKey shared = new SessionKey(7, 7);
    bind(nodes.get(1), shared, 5);
    await().until(() -> nodes.get(2).cluster().sessions().find(shared, TTL) != null);
    nodes.get(0).close();
    nodes.get(1).close();
    TestNode alone = nodes.get(2);
    await().atMost(Duration.ofSeconds(90)).until(() -> !alone.isReady());
    assertThat(alone.snapshot().readiness().waitingFor()).contains("majority").contains("2");
    SessionKey own = new SessionKey(8, 8);
    bind(alone, own, 6);
    assertThat(ask(alone, own)).hasValue(6L);
    assertThat(ask(alone, shared)).hasValue(5L);
    Placement held = Objects.requireNonNull(alone.cluster().sessions().find(shared, TTL));
    alone.cluster().sessions().move(shared, held, _ -> true, _ -> 9L, TTL, QUORUM);
    assertThat(ask(alone, shared)).as("what it moved by itself").hasValue(9L);
    assertThat(alone.cluster().sessions().counters().quorumFailureCount()).isPositive();

    nodes.set(0, TestNode.start(peers[0], peers));
    nodes.set(1, TestNode.start(peers[1], peers));
    nodes.forEach(TestNode::awaitReady);
    nodes.forEach(node -> assertThat(ask(node, own)).hasValue(6L));
    nodes.forEach(
        node -> assertThat(ask(node, shared)).as("the others never moved it").hasValue(5L));
    nodes.forEach(node -> assertThat(node.keys()).isEqualTo(alone.keys()));
  }

  @Test
  void whatIsUnderWayWhenANodeLeavesItsClusterIsAnswered() {
    startAll();
    AtomicBoolean going = new AtomicBoolean(true);
    AtomicLong answered = new AtomicLong();
    List<CompletableFuture<Void>> clients =
        Stream.generate(
                () ->
                    CompletableFuture.runAsync(
                        () -> {
                          while (going.get()) {
                            long number = answered.get();
                            move(nodes.get(0), new SessionKey(number, number), 7).join();
                            answered.incrementAndGet();
                          }
                        },
                        task -> Thread.ofVirtual().start(task)))
            .limit(200)
            .toList();
    await().until(() -> answered.get() > 5_000);
    nodes.get(0).close();
    long before = answered.get();
    await().until(() -> answered.get() > before + 5_000);
    going.set(false);
    assertThat(CompletableFuture.allOf(clients.toArray(CompletableFuture[]::new)))
        .succeedsWithin(Duration.ofSeconds(60));
  }

  private static void bind(TestNode node, SessionKey key, long backend) {
    node.cluster().sessions().bind(key, backend, TTL, QUORUM).toCompletableFuture().join();
  }

  private static Optional<Long> ask(TestNode node, SessionKey key) {
    return node.cluster()
        .sessions()
        .ask(key, TTL)
        .toCompletableFuture()
        .join()
        .map(Placement::server);
  }

  private static CompletableFuture<Placement> move(TestNode node, SessionKey key, long backend) {
    return node.cluster()
        .sessions()
        .move(key, new Placement(1, 0), _ -> true, _ -> backend, TTL, QUORUM)
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
