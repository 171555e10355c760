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
import dev.limpet.model.state.Health;
import dev.limpet.testkit.Origin;
import dev.limpet.testkit.Ports;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** How nodes come to one verdict, with real servers. */
class HealthTest extends CheckedServers {

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
}
