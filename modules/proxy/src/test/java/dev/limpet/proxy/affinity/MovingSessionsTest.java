package dev.limpet.proxy.affinity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.balancing.affinity.SessionKeys;
import dev.limpet.model.state.SessionKey;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A client's server answers with one of {@code retries.statuses}: with move-sessions, the client
 * may move.
 */
class MovingSessionsTest {

  private static final String MOVES =
      "limpet.upstreams.app.retries { statuses = [ 503 ], move-sessions = on }\n";

  private final Moody a = new Moody("a");
  private final Moody b = new Moody("b");

  /** Answers with its name, or with 503. */
  private static final class Moody implements AutoCloseable {

    private final Origin origin;
    private volatile String status = "200 OK";
    private volatile String line = "";
    private volatile boolean closes;

    Moody(String name) {
      origin =
          new Origin(
              (self, socket) -> {
                while (!self.readRequest(socket).isEmpty() && !closes) {
                  self.write(
                      socket,
                      "HTTP/1.1 " + status + "\r\n" + line + "Content-Length: 1\r\n\r\n" + name);
                }
              });
    }

    void refuses(boolean refuses) {
      status = refuses ? "503 Busy" : "200 OK";
    }

    @Override
    public void close() {
      origin.close();
    }
  }

  @AfterEach
  void close() {
    a.close();
    b.close();
  }

  private ProxyFixture proxy(String changes) {
    return new ProxyFixture(MOVES + changes, a.origin.port(), b.origin.port());
  }

  private static String cookie(String response) {
    assertThat(response).containsOnlyOnce("Set-Cookie: limpet=");
    return response.replaceFirst("(?s).*Set-Cookie: (limpet=[^;]*).*", "Cookie: $1");
  }

  private static void assertStays(ProxyFixture proxy, String server, String line) {
    for (int i = 0; i < 4; i++) {
      assertThat(proxy.get("/", line)).startsWith("HTTP/1.1 200").endsWith(server);
    }
  }

  @Test
  void theSessionIsAtTheServerThatAnswered() {
    try (ProxyFixture proxy = proxy("")) {
      String before = cookie(proxy.get("/"));
      assertStays(proxy, "a", before);
      a.refuses(true);
      String moved = proxy.get("/", before);
      assertThat(moved).startsWith("HTTP/1.1 200").endsWith("b");
      assertThat(proxy.cluster().sessions().calls()).containsExactly("move");
      a.refuses(false);
      assertStays(proxy, "b", cookie(moved));
      assertStays(proxy, "b", before);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"by = [ learn, cookie ]", "by = [ learn ]"})
  void soIsALearnedOne(String affinity) {
    try (ProxyFixture proxy = proxy("limpet.upstreams.app.affinity { " + affinity + " }\n")) {
      a.line = "Set-Cookie: connect.sid=one\r\n";
      assertThat(proxy.get("/")).endsWith("a");
      a.line = "";
      a.refuses(true);
      assertThat(proxy.get("/", "Cookie: connect.sid=one"))
          .startsWith("HTTP/1.1 200")
          .endsWith("b");
      a.refuses(false);
      assertStays(proxy, "b", "Cookie: connect.sid=one");
    }
  }

  /** The client hears of it when the cluster has. */
  @Test
  void theBetterAnswerWaitsForTheTable() {
    try (ProxyFixture proxy = proxy("")) {
      String before = cookie(proxy.get("/"));
      a.refuses(true);
      CompletableFuture<?> gate = proxy.cluster().sessions().slow("move");
      CompletableFuture<String> moved = proxy.getLater("/", before);
      await().until(() -> proxy.cluster().sessions().calls().contains("move"));
      assertThat(moved).isNotDone();
      gate.complete(null);
      assertThat(moved.join()).endsWith("b");
    }
  }

  /** Another node has moved it meanwhile, to a third server: there it stays. */
  @Test
  void ofTwoThatMoveItOneWins() {
    try (Moody c = new Moody("c");
        ProxyFixture proxy =
            new ProxyFixture(
                MOVES + "limpet.upstreams.app.affinity { by = [ header ], header.name = x-user }",
                a.origin.port(),
                b.origin.port(),
                c.origin.port())) {
      String first = proxy.get("/", "X-User: ada");
      Moody home = List.of(a, b, c).get("abc".indexOf(first.charAt(first.length() - 1)));
      home.refuses(true);
      SessionKey key = new SessionKeys("app", "header", "x-user").of("ada");
      String rival = home == c ? "a" : "c";
      proxy
          .cluster()
          .sessions()
          .placedBeforeMove(
              key,
              dev.limpet.model.settings.ServerId.of(
                      "app", "127.0.0.1:" + (home == c ? a : c).origin.port())
                  .hash());
      assertThat(proxy.get("/", "X-User: ada")).startsWith("HTTP/1.1 200");
      home.refuses(false);
      assertStays(proxy, rival, "X-User: ada");
    }
  }

  @Test
  void whereNobodyHasABetterAnswerTheSessionStays() {
    try (ProxyFixture proxy = proxy("")) {
      String before = cookie(proxy.get("/"));
      a.refuses(true);
      b.refuses(true);
      assertThat(proxy.get("/", before))
          .startsWith("HTTP/1.1 503 Busy")
          .doesNotContain("Set-Cookie");
      b.refuses(false);
      b.closes = true;
      assertThat(proxy.get("/", before))
          .startsWith("HTTP/1.1 503 Busy")
          .doesNotContain("Set-Cookie");
      b.close();
      assertThat(proxy.get("/", before))
          .startsWith("HTTP/1.1 503 Busy")
          .doesNotContain("Set-Cookie");
      assertThat(proxy.cluster().sessions().calls()).isEmpty();
      a.refuses(false);
      assertStays(proxy, "a", before);
      assertThat(proxy.proxy().traffic().activeRequests().values()).containsOnly(0);
    }
  }

  @Test
  void withFailBackTheAnswerIsAnothersAndTheSessionStays() {
    try (ProxyFixture proxy = proxy("limpet.upstreams.app.affinity.fail-back = on\n")) {
      String before = cookie(proxy.get("/"));
      a.refuses(true);
      assertThat(proxy.get("/", before)).startsWith("HTTP/1.1 200").endsWith("b");
      a.refuses(false);
      assertStays(proxy, "a", before);
    }
  }

  @Test
  void withoutItClientsGetTheirServersAnswer() {
    try (ProxyFixture proxy = proxy("limpet.upstreams.app.retries.move-sessions = off\n")) {
      String before = cookie(proxy.get("/"));
      a.refuses(true);
      assertThat(proxy.get("/", before)).startsWith("HTTP/1.1 503 Busy").endsWith("a");
    }
  }
}
