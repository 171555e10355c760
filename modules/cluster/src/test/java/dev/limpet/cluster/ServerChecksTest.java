package dev.limpet.cluster;

import static dev.limpet.cluster.TestNode.check;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.model.settings.HealthCheck;
import dev.limpet.model.settings.HealthChecks;
import dev.limpet.model.settings.HealthChecks.Initial;
import dev.limpet.model.state.Health;
import dev.limpet.model.state.ServerState;
import dev.limpet.testkit.Origin;
import dev.limpet.testkit.Ports;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What becomes of a server by its checks, with real servers. */
class ServerChecksTest extends CheckedServers {

  private static final String BUSY =
      "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";

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

  /** One that waits for its answer for longer than nodes need to start. */
  private static HealthCheck patient() {
    HealthCheck often = check(OFTEN);
    return new HealthCheck(
        often.kind(), often.port(), often.interval(), Duration.ofMinutes(5), 1, 1);
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
}
