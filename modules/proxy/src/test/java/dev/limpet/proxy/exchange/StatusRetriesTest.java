package dev.limpet.proxy.exchange;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.proxy.fixture.HeldOrigin;
import dev.limpet.proxy.fixture.NamedOrigin;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers with one of {@code retries.statuses}: another server is asked. */
class StatusRetriesTest {

  private static final String STATUSES = "limpet.upstreams.app.retries.statuses = [ 502, 503 ]\n";
  private static final String UNBOUND = "limpet.upstreams.app.affinity.by = []\n";

  private final AtomicInteger refused = new AtomicInteger();

  /** Answers with this, and counts. */
  private Origin refusing(String response) {
    return new Origin(
        (self, socket) -> {
          while (!self.readRequest(socket).isEmpty()) {
            refused.incrementAndGet();
            self.write(socket, response);
          }
        });
  }

  private Origin busy() {
    return refusing("HTTP/1.1 503 Busy\r\nX-From: busy\r\nContent-Length: 4\r\n\r\nbusy");
  }

  private static String request(ProxyFixture proxy, String method) {
    return proxy.exchange(
        method
            + " / HTTP/1.1\r\nHost: app.example\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy",
        "HTTP/1.1 502 Bad\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbusy\r\n0\r\n\r\n"
      })
  void anotherServerIsAsked(String refusal) {
    try (Origin busy = refusing(refusal);
        NamedOrigin well = new NamedOrigin("well");
        ProxyFixture proxy = new ProxyFixture(UNBOUND + STATUSES, busy.port(), well.port())) {
      for (int i = 0; i < 8; i++) {
        assertThat(proxy.get("/")).startsWith("HTTP/1.1 200").endsWith("well");
      }
      assertThat(refused).hasPositiveValue();
      assertThat(proxy.upstream().retries()).isEqualTo(refused.get());
      assertThat(request(proxy, "PUT") + request(proxy, "PUT")).doesNotContain("HTTP/1.1 50");
      assertThat(proxy.proxy().traffic().activeRequests().values()).containsOnly(0);
    }
  }

  @Test
  void aRequestThatMustNotBeRepeatedIsNot() {
    try (Origin busy = busy();
        NamedOrigin well = new NamedOrigin("well");
        ProxyFixture proxy = new ProxyFixture(UNBOUND + STATUSES, busy.port(), well.port())) {
      assertThat(request(proxy, "POST") + request(proxy, "POST")).contains("503 Busy", "200 OK");
      assertThat(refused).hasValue(1);
    }
  }

  @Test
  void otherStatusesAreAnswers() {
    try (Origin wrong = refusing("HTTP/1.1 500 Wrong\r\nContent-Length: 0\r\n\r\n");
        NamedOrigin well = new NamedOrigin("well");
        ProxyFixture proxy = new ProxyFixture(UNBOUND + STATUSES, wrong.port(), well.port())) {
      assertThat(proxy.get("/") + proxy.get("/")).contains("500 Wrong", "200 OK");
    }
  }

  @Test
  void aNewClientBelongsToTheServerThatAnswered() {
    try (Origin busy = busy();
        NamedOrigin well = new NamedOrigin("well");
        ProxyFixture proxy = new ProxyFixture(STATUSES, busy.port(), well.port())) {
      String response = proxy.get("/");
      assertThat(refused).hasValue(1);
      assertThat(response).endsWith("well").containsOnlyOnce("Set-Cookie");
      assertThat(proxy.get("/", cookie(response))).endsWith("well");
      assertThat(refused).hasValue(1);
    }
  }

  @Test
  void aClientThatBelongsToAServerStaysThere() {
    AtomicInteger requests = new AtomicInteger();
    try (Origin moody =
            new Origin(
                (self, socket) -> {
                  while (!self.readRequest(socket).isEmpty()) {
                    String status = requests.incrementAndGet() == 1 ? "200 OK" : "503 Busy";
                    self.write(socket, "HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n");
                  }
                });
        NamedOrigin well = new NamedOrigin("well");
        ProxyFixture proxy = new ProxyFixture(STATUSES, moody.port(), well.port())) {
      String cookie = cookie(proxy.get("/"));
      assertThat(proxy.get("/", cookie)).startsWith("HTTP/1.1 503 Busy");
      assertThat(requests).hasValue(2);
    }
  }

  @Test
  void theLastRefusalIsTheAnswerWhereAllRefuse() {
    try (Origin one = busy();
        Origin other = busy();
        ProxyFixture proxy =
            new ProxyFixture(
                UNBOUND + STATUSES + "limpet.upstreams.app.retries.attempts = 5",
                one.port(),
                other.port())) {
      assertThat(proxy.get("/"))
          .startsWith("HTTP/1.1 503 Busy")
          .contains("X-From")
          .endsWith("busy");
      assertThat(refused).as("each was asked once").hasValue(2);
    }
  }

  @Test
  void attemptsAreCountedOnKeptConnectionsToo() {
    try (Origin one = busy();
        Origin two = busy();
        Origin three = busy();
        ProxyFixture proxy =
            new ProxyFixture(UNBOUND + STATUSES, one.port(), two.port(), three.port())) {
      for (int i = 1; i <= 4; i++) {
        assertThat(proxy.get("/")).startsWith("HTTP/1.1 503 Busy");
        assertThat(refused).hasValue(2 * i);
      }
    }
  }

  @Test
  void theRefusalIsTheAnswerWhereTheOtherServerFails() {
    try (Origin one = busy();
        Origin gone = new Origin((self, socket) -> self.readRequest(socket));
        ProxyFixture proxy = new ProxyFixture(STATUSES, one.port(), gone.port())) {
      String response = proxy.get("/");
      assertThat(response).startsWith("HTTP/1.1 503 Busy");
      assertThat(proxy.get("/", cookie(response))).as("belongs to that one").endsWith("busy");
      assertThat(refused).hasValue(2);
    }
  }

  @Test
  void theRefusalIsTheAnswerWhereTheOtherServerTakesTooLong() throws Exception {
    try (Origin one = busy();
        HeldOrigin late = new HeldOrigin();
        ProxyFixture proxy =
            new ProxyFixture(
                STATUSES + "limpet.upstreams.app.timeouts { request = 2s, first-byte = 20s }",
                one.port(),
                late.port())) {
      CompletableFuture<String> response = proxy.getLater("/");
      late.next();
      assertThat(response.join()).startsWith("HTTP/1.1 503 Busy").contains("X-From");
      await()
          .untilAsserted(
              () -> assertThat(proxy.proxy().traffic().activeRequests().values()).containsOnly(0));
      assertThat(proxy.get("/", cookie(response.join())))
          .as("belongs to that one")
          .endsWith("busy");
      assertThat(refused).hasValue(2);
    }
  }

  /** With an answer in hand, there is nothing to wait for. */
  @Test
  void noRequestWaitsForAServerThatIsFull() throws Exception {
    try (Origin one = busy();
        HeldOrigin full = new HeldOrigin();
        ProxyFixture proxy =
            new ProxyFixture(
                UNBOUND
                    + STATUSES
                    + "test.server.max-connections = 1, limpet.upstreams.app.timeouts.first-byte = 20s",
                one.port(),
                full.port())) {
      CompletableFuture<String> held = proxy.getLater("/");
      full.next();
      assertThat(proxy.get("/")).startsWith("HTTP/1.1 503 Busy");
      full.answer(1);
      assertThat(held.join()).startsWith("HTTP/1.1 200");
    }
  }

  /** Only what may be repeated is held back. */
  @Test
  void anAnswerThatIsNotRepeatedGoesOutAsItComes() throws Exception {
    Semaphore rest = new Semaphore(0);
    try (Origin slow =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  self.write(
                      socket,
                      "HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbusy\r\n");
                  rest.acquireUninterruptibly();
                  self.write(socket, "0\r\n\r\n");
                });
        ProxyFixture proxy = new ProxyFixture(UNBOUND + STATUSES, slow.port());
        Socket client = proxy.connect()) {
      client
          .getOutputStream()
          .write(
              "POST / HTTP/1.1\r\nHost: app.example\r\nContent-Length: 0\r\n\r\n".getBytes(UTF_8));
      String head = new String(client.getInputStream().readNBytes(17), UTF_8);
      assertThat(head).isEqualTo("HTTP/1.1 503 Busy");
      rest.release();
    }
  }

  @Test
  void aLongAnswerGoesOut() {
    String body = "x".repeat(200_000);
    try (Origin busy = refusing("HTTP/1.1 503 Busy\r\nContent-Length: 200000\r\n\r\n" + body);
        Origin other = busy();
        ProxyFixture proxy = new ProxyFixture(UNBOUND + STATUSES, busy.port(), other.port())) {
      assertThat(proxy.get("/")).endsWith(body);
    }
  }

  private static String cookie(String response) {
    String line =
        response.lines().filter(l -> l.startsWith("Set-Cookie: ")).findFirst().orElseThrow();
    return "Cookie: " + line.substring("Set-Cookie: ".length()).split(";", 2)[0];
  }
}
