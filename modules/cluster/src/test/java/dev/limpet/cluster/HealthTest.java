package dev.limpet.cluster;

import static dev.limpet.cluster.TestNode.check;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.limpet.cluster.state.ChangeLog;
import dev.limpet.model.settings.HealthCheck;
import dev.limpet.model.settings.HealthChecks;
import dev.limpet.model.settings.HealthChecks.Initial;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.state.ClusterSnapshot;
import dev.limpet.model.state.Health;
import dev.limpet.model.state.ServerState;
import dev.limpet.testkit.Origin;
import dev.limpet.testkit.Ports;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** How nodes come to one verdict, with real servers. */
class HealthTest {

  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  private static final String BUSY =
      "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
  private static final Duration OFTEN = Duration.ofMillis(300);
  private static final Duration HARDLY_EVER = Duration.ofHours(1);

  private final int[] peers = IntStream.range(0, 7).map(_ -> Ports.free()).toArray();
  private final List<TestNode> nodes = new ArrayList<>();
  private final List<AutoCloseable> servers = new ArrayList<>();

  @AfterEach
  void stopAll() throws Exception {
    nodes.forEach(TestNode::close);
    for (AutoCloseable server : servers) {
      server.close();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 7})
  void aServerIsAskedByItsObserversHoweverManyNodesThereAre(int count) {
    Origin server = up();
    for (int i = 0; i < count; i++) {
      HealthCheck own = check("/health?node=" + i, OFTEN, OptionalInt.empty());
      start(i, peers(count), checks(own), server.port());
    }
    awaitMembers(count);
    await()
        .untilAsserted(
            () -> {
              Set<String> askedBy = new HashSet<>();
              for (int i = 0; i < 30; i++) {
                askedBy.add(server.nextRequest().split(" ", 3)[1]);
              }
              assertThat(askedBy).hasSize(3);
            });
  }

  @Test
  void noVerdictChangesWhileObserversComeAndGoAndSomeAreWrong() {
    int[] up = IntStream.range(0, 6).map(_ -> up().port()).toArray();
    int[] dead = IntStream.range(0, 6).map(_ -> Ports.free()).toArray();
    int[] all = IntStream.concat(IntStream.of(up), IntStream.of(dead)).toArray();
    HealthChecks right = checks(check(OFTEN));
    start(0, peers(5), right, all);
    start(1, peers(5), right, all);
    start(2, peers(5), right, all);
    // One cannot reach any server, and one takes each for another that is up.
    start(3, peers(5), checks(check(OFTEN, OptionalInt.of(dead[0]))), all);
    start(4, peers(5), checks(check(OFTEN, OptionalInt.of(up[0]))), all);
    awaitMembers(5);
    awaitVerdicts(up, Health.UP);
    awaitVerdicts(dead, Health.DEAD);

    Set<String> wrong = ConcurrentHashMap.newKeySet();
    nodes.forEach(node -> record(node, up, wrong));
    for (int i = 0; i < 3; i++) {
      TestNode gone = nodes.get(i);
      gone.close();
      nodes.stream().filter(node -> node != gone).forEach(node -> node.awaitMembers(4));
      nodes.set(i, TestNode.start(peers[i], peers(5), right, all).awaitReady());
      nodes.forEach(node -> node.awaitMembers(5));
      record(nodes.get(i), up, wrong);
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void oneObserverThatFindsAServerDownHasTheOthersLook() {
    AtomicInteger answered = new AtomicInteger();
    Origin server =
        new Origin(
            (self, socket) -> {
              self.readRequest(socket);
              self.write(socket, OK);
              answered.incrementAndGet();
            });
    servers.add(server);
    start(0, peers(3), checks(check(OFTEN)), server.port());
    start(1, peers(3), checks(check(HARDLY_EVER)), server.port());
    start(2, peers(3), checks(check(HARDLY_EVER)), server.port());
    awaitMembers(3);
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    Logger logger = (Logger) LoggerFactory.getLogger(ChangeLog.class);
    logger.addAppender(log);
    // Not in the middle of a check, which would tell of another failure first.
    int before = answered.get();
    await().pollInterval(Duration.ofMillis(10)).until(() -> answered.get() > before);
    server.close();
    nodes.forEach(node -> node.awaitHealth(server.port(), Health.DEAD));
    await()
        .untilAsserted(
            () ->
                assertThat(List.copyOf(log.list))
                    .extracting(ILoggingEvent::toString)
                    .contains(
                        "[WARN] server %s is dead: GET /health: connection refused; its sessions move"
                            .formatted(id(server.port())),
                        "[ERROR] upstream app has no server that is up: %s dead"
                            .formatted(id(server.port()))));
    logger.detachAppender(log);
    assertThat(state(nodes.get(1), server.port()).reason())
        .isEqualTo("GET /health: connection refused");
  }

  @Test
  void aDeadServerIsAvoidedByAllNodesSoonAfterOneRequestHasFailed() throws InterruptedException {
    Origin server = up();
    startAll(3, checks(check(HARDLY_EVER)), server.port());
    nodes.forEach(node -> node.awaitHealth(server.port(), Health.UP));
    await().until(() -> server.unreadRequests() >= 3);
    server.close();
    CountDownLatch avoided = new CountDownLatch(nodes.size());
    nodes.forEach(
        node ->
            node.cluster()
                .subscribe(
                    snapshot -> {
                      if (servers(snapshot).anyMatch(state -> state.health() == Health.DEAD)) {
                        avoided.countDown();
                      }
                    }));
    nodes.getFirst().cluster().reportUnreachable(id(server.port()));
    assertThat(avoided.await(60, TimeUnit.SECONDS)).as("long before the next check").isTrue();
  }

  @Test
  void aServerThatIsDownUntilCheckedGetsItsVerdictWithTheFirstAnswer() {
    CountDownLatch answer = new CountDownLatch(1);
    Origin server = held(answer);
    HealthChecks checks =
        new HealthChecks(List.of(patient()), 3, Initial.DOWN, TestNode.DEAD_AFTER);
    for (int i = 0; i < 3; i++) {
      BlockingQueue<ServerState> seen = seen(start(i, peers(3), checks, server.port()), server);
      await().atMost(Duration.ofSeconds(90)).until(() -> !seen.isEmpty());
      assertThatItIsNotCheckedYet(seen.element());
    }
    answer.countDown();
    nodes.forEach(node -> node.awaitHealth(server.port(), Health.UP));
    assertThat(state(nodes.getFirst(), server.port()).reason()).isEmpty();
  }

  @Test
  void aNewServerIsCheckedBeforeItCountsAsUp() {
    CountDownLatch answer = new CountDownLatch(1);
    Origin known = up();
    Origin added = held(answer);
    HealthChecks checks =
        new HealthChecks(List.of(patient()), 3, Initial.CHECK, TestNode.DEAD_AFTER);
    TestNode first = start(0, peers(2), checks, known.port());
    TestNode second = start(1, peers(2), checks, known.port());
    awaitMembers(2);
    BlockingQueue<ServerState> seen = seen(first, added);
    second.close();
    nodes.set(1, TestNode.start(peers[1], peers(2), checks, known.port(), added.port()));
    await().atMost(Duration.ofSeconds(90)).until(() -> !seen.isEmpty());
    assertThatItIsNotCheckedYet(seen.element());
    answer.countDown();
    first.awaitHealth(added.port(), Health.UP);
  }

  @Test
  void aServerIsUpWhileItPassesAllChecks() {
    Origin server = up();
    int port = Ports.free();
    HealthChecks both = checks(check(OFTEN), check(OFTEN, OptionalInt.of(port)));
    startAll(3, both, server.port());
    nodes.forEach(node -> node.awaitHealth(server.port(), Health.SUSPECT));
    assertThat(state(nodes.get(1), server.port()).reason())
        .isEqualTo("GET /health at port " + port + ": connection refused");
    servers.add(Origin.answering(port, OK));
    nodes.forEach(node -> node.awaitHealth(server.port(), Health.UP));
    server.close();
    nodes.forEach(node -> node.awaitHealth(server.port(), Health.DEAD));
  }

  @Test
  void aSuspectIsDeadWhenNobodyHasBeenAnsweredForLongAndUpWhenItIsWellAgain() {
    AtomicReference<String> answer = new AtomicReference<>(OK);
    Origin server = saying(answer);
    Duration deadAfter = Duration.ofSeconds(4);
    startAll(3, new HealthChecks(List.of(check(OFTEN)), 3, Initial.UP, deadAfter), server.port());
    nodes.forEach(node -> node.awaitHealth(server.port(), Health.UP));
    Set<Health> seen = ConcurrentHashMap.newKeySet();
    nodes.forEach(node -> seen(node, server, seen));

    answer.set(BUSY);
    nodes.forEach(node -> node.awaitHealth(server.port(), Health.SUSPECT));
    // One node's clients are answered: that keeps it from being dead at all of them.
    await()
        .pollInterval(Duration.ofMillis(200))
        .during(deadAfter.plusSeconds(2))
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              nodes.get(1).cluster().reportAnswered(Set.of(id(server.port())));
              return !seen.contains(Health.DEAD);
            });
    nodes.forEach(node -> node.awaitHealth(server.port(), Health.DEAD));
    assertThat(state(nodes.getFirst(), server.port()).reason())
        .isEqualTo("GET /health: status 503, and no client was answered for 4 s");
    answer.set(OK);
    nodes.forEach(node -> node.awaitHealth(server.port(), Health.UP));
  }

  /** A process that starts anew is not to be taken for one that was merely late. */
  @Test
  void aDeadServerIsDeadUntilItIsWell() {
    int port = Ports.free();
    TestNode node = start(0, peers(1), checks(check(OFTEN)), port);
    awaitMembers(1);
    node.awaitHealth(port, Health.DEAD);
    Set<Health> seen = ConcurrentHashMap.newKeySet();
    AtomicReference<String> answer = new AtomicReference<>(BUSY);
    Origin server = saying(port, answer);
    seen(node, server, seen);
    await().until(() -> server.unreadRequests() >= 4);
    assertThat(seen).containsExactly(Health.DEAD);
    answer.set(OK);
    node.awaitHealth(port, Health.UP);
    await().until(() -> seen.contains(Health.UP));
    assertThat(seen).containsExactlyInAnyOrder(Health.DEAD, Health.UP);
  }

  /**
   * It may be the one that was slow, and the others may see the server well: so it moves no
   * session. But new clients it keeps away from a server that does not answer it.
   */
  @Test
  void aNodeThatReachesNoMajorityTakesAServerForSuspectByItselfButNotForDead() {
    Origin server = up();
    startAll(3, checks(check(OFTEN)), server.port());
    nodes.forEach(node -> node.awaitHealth(server.port(), Health.UP));
    TestNode left = nodes.getFirst();
    Set<Health> seen = ConcurrentHashMap.newKeySet();
    left.cluster()
        .subscribe(
            snapshot -> {
              long up = snapshot.nodes().stream().filter(n -> n.status().equals("up")).count();
              if (up == 3) {
                servers(snapshot).forEach(state -> seen.add(state.health()));
              }
            });
    nodes.get(1).close();
    nodes.get(2).close();
    await()
        .atMost(Duration.ofSeconds(90))
        .until(() -> left.snapshot().nodes().stream().filter(n -> !n.reachable()).count() == 2);
    server.close();
    left.awaitHealth(server.port(), Health.DEAD);
    assertThat(seen).containsExactlyInAnyOrder(Health.UP, Health.SUSPECT);
  }

  /** Else each reload would probe all servers at once, and forget how often they have failed. */
  @Test
  void checksGoOnThroughAReloadThatDoesNotChangeThem() {
    Origin server = up();
    TestNode node = start(0, peers(1), checks(check(HARDLY_EVER)), server.port());
    awaitMembers(1);
    await().until(() -> server.unreadRequests() == 1);
    node.reload(5);
    await().until(() -> state(node, server.port()).server().weight() == 5);
    await().during(Duration.ofMillis(300)).until(() -> server.unreadRequests() == 1);
  }

  /** The verdicts of a node on a server from now on. */
  private static void seen(TestNode node, Origin server, Set<Health> seen) {
    node.cluster()
        .subscribe(
            snapshot ->
                servers(snapshot)
                    .filter(state -> state.server().id().equals(id(server.port())))
                    .forEach(state -> seen.add(state.health())));
  }

  /** What a node says of a server, from the first time on. */
  private static BlockingQueue<ServerState> seen(TestNode node, Origin server) {
    BlockingQueue<ServerState> seen = new LinkedBlockingQueue<>();
    node.cluster()
        .subscribe(
            snapshot ->
                servers(snapshot)
                    .filter(state -> state.server().id().equals(id(server.port())))
                    .forEach(seen::add));
    return seen;
  }

  private static void assertThatItIsNotCheckedYet(ServerState state) {
    assertThat(state.health()).isEqualTo(Health.SUSPECT);
    assertThat(state.reason()).isEqualTo("not checked yet");
  }

  private TestNode start(int index, int[] peers, HealthChecks health, int... servers) {
    TestNode node = TestNode.start(peers[index], peers, health, servers);
    nodes.add(node);
    return node;
  }

  private void startAll(int count, HealthChecks health, int... servers) {
    for (int i = 0; i < count; i++) {
      start(i, peers(count), health, servers);
    }
    awaitMembers(count);
  }

  private void awaitMembers(int count) {
    nodes.forEach(TestNode::awaitReady);
    nodes.forEach(node -> node.awaitMembers(count));
  }

  private void awaitVerdicts(int[] ports, Health health) {
    for (int port : ports) {
      nodes.forEach(node -> node.awaitHealth(port, health));
    }
  }

  private static void record(TestNode node, int[] up, Set<String> wrong) {
    node.cluster()
        .subscribe(
            snapshot ->
                servers(snapshot)
                    .forEach(
                        state -> {
                          int port = state.server().address().port();
                          boolean isUp = IntStream.of(up).anyMatch(one -> one == port);
                          if (isUp != (state.health() == Health.UP)) {
                            wrong.add(port + " is " + state.health() + ": " + state.reason());
                          }
                        }));
  }

  private static ServerState state(TestNode node, int port) {
    return servers(node.snapshot())
        .filter(state -> state.server().address().port() == port)
        .findFirst()
        .orElseThrow();
  }

  private static Stream<ServerState> servers(ClusterSnapshot snapshot) {
    return snapshot.servers().getOrDefault(TestNode.UPSTREAM, List.of()).stream();
  }

  private static ServerId id(int port) {
    return ServerId.of(TestNode.UPSTREAM, "127.0.0.1:" + port);
  }

  private static HealthChecks checks(HealthCheck... checks) {
    return new HealthChecks(List.of(checks), 3, Initial.UP, TestNode.DEAD_AFTER);
  }

  /** One that waits for its answer for longer than nodes need to start. */
  private static HealthCheck patient() {
    HealthCheck often = check(OFTEN);
    return new HealthCheck(
        often.kind(), often.port(), often.interval(), Duration.ofMinutes(5), 1, 1);
  }

  private Origin up() {
    Origin origin = Origin.answering(OK);
    servers.add(origin);
    return origin;
  }

  private Origin saying(AtomicReference<String> answer) {
    return saying(0, answer);
  }

  private Origin saying(int port, AtomicReference<String> answer) {
    Origin origin =
        new Origin(
            port,
            (self, socket) -> {
              self.readRequest(socket);
              self.write(socket, answer.get());
            });
    servers.add(origin);
    return origin;
  }

  private Origin held(CountDownLatch answer) {
    Origin origin =
        new Origin(
            (self, socket) -> {
              self.readRequest(socket);
              try {
                answer.await();
              } catch (InterruptedException e) {
                return;
              }
              self.write(socket, OK);
            });
    servers.add(origin);
    return origin;
  }

  private int[] peers(int count) {
    return IntStream.of(peers).limit(count).toArray();
  }
}
