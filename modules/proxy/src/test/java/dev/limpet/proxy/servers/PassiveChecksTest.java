package dev.limpet.proxy.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.model.state.Ejection.Cause;
import dev.limpet.proxy.fixture.HeldOrigin;
import dev.limpet.proxy.fixture.NamedOrigin;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.proxy.fixture.StandingCluster.EjectionRequest;
import dev.limpet.testkit.Origin;
import dev.limpet.testkit.Ports;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What clients' requests say about servers, and what becomes of those that are ejected. */
class PassiveChecksTest {

  private static final String UNBOUND = "limpet.upstreams.app.affinity.by = []\n";
  private static final String PASSIVE = "limpet.upstreams.app.health.passive.";

  /** The cause of what the data plane wanted ejected, by the port. */
  private static List<Cause> causes(ProxyFixture proxy, int port) {
    return proxy.cluster().ejectionRequests().stream()
        .filter(request -> request.server().value().endsWith(":" + port))
        .map(EjectionRequest::cause)
        .toList();
  }

  private static void ask(ProxyFixture proxy, int times) {
    for (int i = 0; i < times; i++) {
      proxy.get("/");
    }
  }

  @Test
  void refusedConnectionsInARowEject() {
    int dead = Ports.free();
    try (NamedOrigin well = new NamedOrigin("well");
        ProxyFixture proxy = new ProxyFixture(UNBOUND, dead, well.port())) {
      ask(proxy, 2);
      assertThat(proxy.cluster().ejectionRequests()).isEmpty();
      ask(proxy, 4);
      assertThat(causes(proxy, dead)).isNotEmpty().containsOnly(Cause.NO_ANSWER);
      assertThat(causes(proxy, well.port())).isEmpty();
    }
  }

  @Test
  void aServerThatStallsIsEjected() {
    try (Origin stalls = new Origin(PassiveChecksTest::readOnly);
        ProxyFixture proxy =
            new ProxyFixture(
                UNBOUND + "limpet.upstreams.app.timeouts.first-byte = 100ms", stalls.port())) {
      ask(proxy, 2);
      assertThat(proxy.cluster().ejectionRequests()).isEmpty();
      ask(proxy, 1);
      assertThat(causes(proxy, stalls.port())).containsExactly(Cause.NO_ANSWER);
    }
  }

  @Test
  void aServerThatIsLaterThanTheWholeRequestMayBeIsEjected() {
    try (Origin stalls = new Origin(PassiveChecksTest::readOnly);
        ProxyFixture proxy =
            new ProxyFixture(
                UNBOUND + "limpet.upstreams.app.timeouts.request = 100ms", stalls.port())) {
      ask(proxy, 3);
      assertThat(causes(proxy, stalls.port())).containsExactly(Cause.NO_ANSWER);
    }
  }

  @Test
  void aServerThatResetsIsEjectedAndOneThatClosesKeptConnectionsIsNot() {
    try (Origin resets = new Origin((self, socket) -> self.readRequest(socket));
        Origin closes = new Origin(PassiveChecksTest::answerOneAndCloseAtTheNext);
        ProxyFixture proxy = new ProxyFixture(UNBOUND, resets.port(), closes.port())) {
      ask(proxy, 12);
      assertThat(causes(proxy, resets.port())).isNotEmpty().containsOnly(Cause.NO_ANSWER);
      assertThat(causes(proxy, closes.port())).isEmpty();
    }
  }

  @Test
  void oneAnswerStartsTheCountAnew() {
    AtomicInteger requests = new AtomicInteger();
    try (Origin shaky =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  if (requests.incrementAndGet() % 3 == 0) {
                    self.write(socket, response(200));
                  }
                });
        ProxyFixture proxy =
            new ProxyFixture(UNBOUND + "limpet.upstreams.app.retries.attempts = 1", shaky.port())) {
      ask(proxy, 9);
      assertThat(proxy.cluster().ejectionRequests()).isEmpty();
    }
  }

  @Test
  void whatFailedBeforeTheChecksVerdictDoesNotCountAfterIt() {
    try (NamedOrigin well = new NamedOrigin("well");
        NamedOrigin canary = new NamedOrigin("canary");
        Origin stalls = new Origin(PassiveChecksTest::readOnly);
        ProxyFixture proxy =
            new ProxyFixture(
                """
                limpet.upstreams.app {
                  servers += { address = "127.0.0.1:%d", backup = on }
                  affinity { by = [ route ], route.queries = [ s ] }
                  timeouts.first-byte = 300ms
                }
                """
                    .formatted(stalls.port()),
                well.port(),
                canary.port())) {
      for (int i = 0; i < 3; i++) {
        for (int failures = 0; failures < 2; failures++) {
          assertThat(proxy.get("/?s=127.0.0.1:" + stalls.port())).startsWith("HTTP/1.1 504 ");
        }
        proxy.cluster().suspect(stalls.port());
        proxy.cluster().up(stalls.port());
        proxy.cluster().suspect(canary.port());
        await("all that is known")
            .until(
                () ->
                    Stream.generate(() -> proxy.get("/"))
                        .limit(4)
                        .allMatch(a -> a.endsWith("well")));
        proxy.cluster().up(canary.port());
      }
      assertThat(proxy.cluster().ejectionRequests()).isEmpty();
    }
  }

  @Test
  void statusesFrom500CountOnlyWhereTheyAreAskedFor() {
    try (Origin sick = Origin.answering(response(503));
        ProxyFixture standard = new ProxyFixture(UNBOUND, sick.port());
        ProxyFixture strict =
            new ProxyFixture(UNBOUND + PASSIVE + "server-errors = 5", sick.port())) {
      ask(standard, 20);
      assertThat(standard.cluster().ejectionRequests()).isEmpty();
      ask(strict, 4);
      assertThat(strict.cluster().ejectionRequests()).isEmpty();
      ask(strict, 1);
      assertThat(causes(strict, sick.port())).containsExactly(Cause.SERVER_ERRORS);
      assertThat(strict.cluster().ejectionRequests().getFirst().detail())
          .isEqualTo("5 answers in a row with a status from 500; the last: 503");
    }
  }

  @Test
  void aShareOfFailuresEjectsOnceThereAreEnoughRequests() {
    AtomicInteger requests = new AtomicInteger();
    try (Origin shaky =
            new Origin(
                (self, socket) -> {
                  while (!self.readRequest(socket).isEmpty()) {
                    self.write(socket, response(requests.incrementAndGet() % 3 == 0 ? 500 : 200));
                  }
                });
        NamedOrigin well = new NamedOrigin("well");
        ProxyFixture proxy =
            new ProxyFixture(
                UNBOUND
                    + PASSIVE
                    + "error-rate = 30%\n"
                    + PASSIVE
                    + "min-requests = 30\n"
                    + PASSIVE
                    + "window = 60s",
                shaky.port(),
                well.port())) {
      ask(proxy, 58);
      await()
          .during(Duration.ofMillis(1500))
          .until(() -> proxy.cluster().ejectionRequests().isEmpty());
      ask(proxy, 2);
      await().until(() -> causes(proxy, shaky.port()).contains(Cause.ERROR_RATE));
      assertThat(causes(proxy, well.port())).isEmpty();
      assertThat(proxy.cluster().ejectionRequests().getFirst().detail())
          .isEqualTo("10 of 30 requests of the last 60 s failed");
    }
  }

  /** By so much that the machine itself may be late for one request or two. */
  @Test
  void aServerMuchSlowerThanTheOthersIsEjected() {
    try (Origin slow = answeringAfter(400);
        Origin first = answeringAfter(20);
        Origin second = answeringAfter(20);
        ProxyFixture proxy =
            new ProxyFixture(
                UNBOUND + PASSIVE + "slow-factor = 2.5\n" + PASSIVE + "min-requests = 5",
                slow.port(),
                first.port(),
                second.port())) {
      ask(proxy, 15);
      await().until(() -> causes(proxy, slow.port()).contains(Cause.SLOW));
      assertThat(causes(proxy, first.port())).isEmpty();
      assertThat(causes(proxy, second.port())).isEmpty();
    }
  }

  @Test
  void anEjectedServerKeepsItsClientsAndGetsNoNewOnes() {
    String byUser = "limpet.upstreams.app.affinity { by = [ header ], header.name = x-user }\n";
    try (NamedOrigin first = new NamedOrigin("first");
        NamedOrigin second = new NamedOrigin("second");
        ProxyFixture proxy = new ProxyFixture(byUser, first.port(), second.port())) {
      String home = proxy.get("/", "X-User: ada");
      int port = home.endsWith("first") ? first.port() : second.port();
      String other = home.endsWith("first") ? "second" : "first";
      proxy.cluster().eject(port);
      await()
          .untilAsserted(
              () ->
                  assertThat(List.of(proxy.get("/"), proxy.get("/")))
                      .allSatisfy(answer -> assertThat(answer).endsWith(other)));
      for (int i = 0; i < 10; i++) {
        assertThat(proxy.get("/")).endsWith(other);
        assertThat(proxy.get("/", "X-User: ada")).endsWith(home.substring(home.length() - 5));
      }
    }
  }

  @Test
  void whereTheOthersRefuseAnEjectedServerIsAskedAllTheSame() {
    int dead = Ports.free();
    try (NamedOrigin well = new NamedOrigin("well");
        ProxyFixture proxy = new ProxyFixture(UNBOUND, dead, well.port())) {
      proxy.cluster().eject(well.port());
      for (int i = 0; i < 4; i++) {
        assertThat(proxy.get("/")).endsWith("well");
      }
    }
  }

  @Test
  void aServerComesBackWithOneRequestAndAllFollowWhenThatGoesWell() throws InterruptedException {
    try (HeldOrigin back = new HeldOrigin();
        NamedOrigin well = new NamedOrigin("well");
        ProxyFixture proxy = new ProxyFixture(UNBOUND, back.port(), well.port())) {
      proxy.cluster().eject(back.port());
      proxy.cluster().comeBack(back.port());
      // Which of the requests is the trial depends on when the change is known.
      await()
          .until(
              () -> {
                proxy.getLater("/trial");
                return back.active() == 1;
              });
      ask(proxy, 3);
      assertThat(back.most()).isEqualTo(1);
      back.answer(1000);
      await().untilAsserted(() -> assertThat(proxy.get("/full")).endsWith("/full"));
      assertThat(List.of(proxy.get("/a"), proxy.get("/a"))).anyMatch(a -> a.endsWith("/a"));
    }
  }

  @Test
  void aTrialIsPassedAlsoWhenTheChecksHaveChangedSinceItBegan() {
    try (NamedOrigin back = new NamedOrigin("back");
        NamedOrigin well = new NamedOrigin("well");
        ProxyFixture proxy = new ProxyFixture(UNBOUND, back.port(), well.port())) {
      proxy.cluster().eject(back.port());
      proxy.cluster().comeBack(back.port());
      proxy.reload(UNBOUND + PASSIVE + "fails = 7", back.port(), well.port());
      await()
          .untilAsserted(
              () ->
                  assertThat(Stream.generate(() -> proxy.get("/")).limit(6))
                      .filteredOn(answer -> answer.endsWith("back"))
                      .hasSize(3));
    }
  }

  @Test
  void aTrialThatFailsEjectsAgainAtOnce() {
    int dead = Ports.free();
    try (NamedOrigin well = new NamedOrigin("well");
        ProxyFixture proxy = new ProxyFixture(UNBOUND, dead, well.port())) {
      proxy.cluster().eject(dead);
      proxy.cluster().comeBack(dead);
      await()
          .until(
              () -> {
                assertThat(proxy.get("/")).endsWith("well");
                return !proxy.cluster().ejectionRequests().isEmpty();
              });
      assertThat(proxy.cluster().ejectionRequests().getFirst().detail())
          .isEqualTo("its trial request failed: the server cannot be reached");
    }
  }

  private static Origin answeringAfter(long millis) {
    return new Origin(
        (self, socket) -> {
          while (!self.readRequest(socket).isEmpty()) {
            pause(millis);
            self.write(socket, response(200));
          }
        });
  }

  private static void pause(long millis) {
    Executor later = CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS);
    CompletableFuture.runAsync(() -> {}, later).join();
  }

  private static void readOnly(Origin self, Socket socket) throws IOException {
    self.readRequest(socket);
    self.readRequest(socket);
  }

  private static void answerOneAndCloseAtTheNext(Origin self, Socket socket) throws IOException {
    self.readRequest(socket);
    self.write(socket, response(200));
    self.readRequest(socket);
  }

  private static String response(int status) {
    return "HTTP/1.1 " + status + " Said\r\nContent-Length: 2\r\n\r\nok";
  }
}
