package dev.limpet.proxy.affinity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.balancing.affinity.SessionKeys;
import dev.limpet.proxy.fixture.NamedOrigin;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Engine.IO clients that keep no cookies. */
class SocketIoAffinityTest {

  private static final String AFFINITY = "limpet.upstreams.app.affinity.by = [ socket-io ]\n";
  private static final String HANDSHAKE = "/socket.io/?EIO=4&transport=polling&t=x";
  private static final String OPENED =
      "0{\"sid\":\"one\",\"upgrades\":[\"websocket\"],\"pingInterval\":25000}";

  private final NamedOrigin other = new NamedOrigin("other");

  @AfterEach
  void close() {
    other.close();
  }

  private static String whole(String body) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
  }

  static List<String> handshakes() {
    return List.of(
        whole(OPENED),
        whole("97:" + OPENED + "2:40"),
        whole("___eio[0](\"" + OPENED.replace("\"", "\\\"") + "\");"),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n0{\"sid\r\n"
            + "8\r\n\":\"one\"}\r\n0\r\n\r\n",
        whole(OPENED + " ".repeat(50_000)));
  }

  /** In two parts, the second when it is asked for. */
  private static Origin inParts(String response, CountDownLatch second) {
    return new Origin(
        (self, socket) -> {
          while (!self.readRequest(socket).isEmpty()) {
            int half = response.indexOf("sid") + 2;
            self.write(socket, response.substring(0, half));
            try {
              second.await();
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
            self.write(socket, response.substring(half));
          }
        });
  }

  @ParameterizedTest
  @MethodSource("handshakes")
  void engineIoSidIsLearnedFromPolling(String handshake) throws InterruptedException {
    CountDownLatch second = new CountDownLatch(1);
    try (Origin origin = inParts(handshake, second);
        ProxyFixture proxy = new ProxyFixture(AFFINITY, origin.port(), other.port())) {
      CompletableFuture<String> opened = proxy.getLater(HANDSHAKE, "Accept-Encoding: gzip");
      assertThat(origin.nextRequest())
          .as("what is compressed could not be read")
          .startsWith("GET " + HANDSHAKE)
          .doesNotContainIgnoringCase("accept-encoding");
      for (int i = 0; i < 10; i++) {
        proxy.get("/old");
      }
      assertThat(opened).as("the first part is not passed on by itself").isNotDone();
      second.countDown();
      assertThat(opened.join()).startsWith("HTTP/1.1 200 ").contains("sid").contains("one");
      for (int i = 0; i < 4; i++) {
        proxy.get("/socket.io/?EIO=4&transport=polling&sid=one", "Accept-Encoding: gzip");
        assertThat(origin.nextRequest()).containsIgnoringCase("accept-encoding: gzip");
      }
      assertThat(proxy.cluster().sessions().calls()).containsExactly("bind");
    }
  }

  @Test
  void theClientHearsItsSidWhenTheTableHoldsIt() {
    try (Origin origin = Origin.answering(whole(OPENED));
        ProxyFixture proxy = new ProxyFixture(AFFINITY, origin.port(), other.port())) {
      CompletableFuture<?> gate = proxy.cluster().sessions().slow("bind");
      CompletableFuture<String> opened = proxy.getLater(HANDSHAKE);
      await().until(() -> proxy.cluster().sessions().calls().contains("bind"));
      assertThat(opened).isNotDone();
      gate.complete(null);
      assertThat(opened.join()).endsWith(OPENED);
    }
  }

  @Test
  void aSidThatAnotherNodeHasLearnedIsFollowed() {
    other.line("X: y");
    try (NamedOrigin first = new NamedOrigin("first");
        ProxyFixture proxy = new ProxyFixture(AFFINITY, first.port(), other.port())) {
      proxy
          .cluster()
          .sessions()
          .placedElsewhere(new SessionKeys("app", "socket-io", "").of("one"), other.hash());
      for (int i = 0; i < 4; i++) {
        assertThat(proxy.get("/?sid=one")).endsWith("other");
      }
      assertThat(proxy.cluster().sessions().calls()).containsExactly("ask");
    }
  }

  @Test
  void aSidThatNoServerHasMadeIsNotBound() {
    try (NamedOrigin first = new NamedOrigin("first");
        ProxyFixture proxy = new ProxyFixture(AFFINITY, first.port(), other.port())) {
      assertThat(List.of(proxy.get("/?sid=made-up"), proxy.get("/?sid=made-up")))
          .as("balanced")
          .anySatisfy(response -> assertThat(response).endsWith("first"))
          .anySatisfy(response -> assertThat(response).endsWith("other"));
      assertThat(proxy.cluster().sessions().calls()).containsExactly("ask", "ask");
    }
  }

  @Test
  void onlyHandshakesAreWaitedForAndRead() {
    other.body(OPENED);
    try (ProxyFixture proxy = new ProxyFixture(AFFINITY, other.port())) {
      proxy.get("/");
      proxy.get("/socket.io/?EIO=4&transport=websocket");
      assertThat(proxy.cluster().sessions().calls()).isEmpty();
      proxy.get(HANDSHAKE);
      assertThat(proxy.cluster().sessions().calls()).containsExactly("bind");
    }
  }

  @Test
  void aLongAnswerToAHandshakeIsPassedOn() {
    other.body("x".repeat(1_000_000));
    try (ProxyFixture proxy = new ProxyFixture(AFFINITY, other.port())) {
      assertThat(proxy.get(HANDSHAKE)).hasSizeGreaterThan(1_000_000);
      assertThat(proxy.cluster().sessions().calls()).isEmpty();
    }
  }
}
