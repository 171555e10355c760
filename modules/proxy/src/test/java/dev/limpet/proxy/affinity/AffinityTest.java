package dev.limpet.proxy.affinity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.model.live.Figures;
import dev.limpet.model.secret.KeyRing;
import dev.limpet.model.state.SessionKey;
import dev.limpet.proxy.fixture.LogLines;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.proxy.fixture.StandingCluster;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Where clients land that are known by other things than our cookie. Balanced, they would
 * alternate.
 */
class AffinityTest extends ThreeServers {

  @TempDir Path directory;

  @Test
  void aClientThatLeavesBeforeTheTableAnswersLeavesNothingBehind() throws Exception {
    try (ProxyFixture proxy =
        proxy("by = [ header ], header.name = x-user", "test.server.max-connections = 1\n")) {
      for (String call : List.of("ask", "move")) {
        CompletableFuture<?> gate = proxy.cluster().sessions().slow(call);
        try (Socket leaving = proxy.connect()) {
          String request = "GET / HTTP/1.1\r\nHost: app.example\r\nX-User: " + call + "\r\n\r\n";
          leaving.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
          await().until(() -> proxy.cluster().sessions().calls().contains(call));
          leaving.setSoLinger(true, 0);
        }
        await()
            .untilAsserted(
                () ->
                    assertThat(proxy.proxy().traffic().activeRequests().values()).containsOnly(0));
        gate.complete(null);
      }
      for (int i = 0; i < 6; i++) {
        server(proxy.get("/"));
      }
    }
  }

  /** As one that serves before it has reached the others. */
  @Test
  void aNodeWithoutKeysServesNewClients() {
    try (ProxyFixture proxy = proxy("by = [ cookie ]")) {
      assertThat(proxy.get("/")).contains(COOKIE);
      proxy.cluster().cookieKeys(KeyRing.EMPTY);
      await()
          .untilAsserted(
              () -> {
                String response = proxy.get("/");
                server(response);
                assertThat(response).doesNotContain(COOKIE);
              });
      proxy.cluster().cookieKeys(StandingCluster.COOKIE_KEYS);
      await().untilAsserted(() -> assertThat(proxy.get("/")).contains(COOKIE));
    }
  }

  @Test
  void anUnknownIdIsAskedForBeforeItIsPlaced() {
    try (ProxyFixture proxy = proxy("by = [ header ], header.name = X-User")) {
      proxy.cluster().sessions().placedElsewhere(key("header", "x-user", "ada"), c.hash());
      assertStays(proxy, "c", "/", "x-user: ada");
      assertThat(proxy.cluster().sessions().calls()).containsExactly("ask");
    }
  }

  @Test
  void anIdThatNobodyKnowsIsBoundBeforeTheServerHearsOfIt() {
    try (ProxyFixture proxy = proxy("by = [ query ], query.name = user")) {
      String server = server(proxy.get("/?user=ada"));
      assertThat(proxy.cluster().sessions().calls()).containsExactly("ask", "move");
      assertThat(proxy.cluster().sessions().known())
          .hasEntrySatisfying(
              key("query", "user", "ada"),
              place -> assertThat(place.server()).isEqualTo(named(server).hash()));
      assertStays(proxy, server, "/x?y=1&user=ada");
    }
  }

  /** Both nodes have asked in vain; the other one was quicker to bind. */
  @Test
  void nodesThatPlaceAnIdAtTheSameTimeAgree() {
    try (ProxyFixture proxy = proxy("by = [ header ], header.name = x-user")) {
      proxy.cluster().sessions().placedBeforeMove(key("header", "x-user", "ada"), b.hash());
      assertStays(proxy, "b", "/", "X-User: ada");
      assertThat(proxy.proxy().traffic().activeRequests().values()).containsOnly(0);
    }
  }

  @Test
  void asyncDoesNotAsk() {
    try (ProxyFixture proxy =
        proxy("by = [ cookie, header ], header.name = x-user, replicate = async")) {
      proxy.cluster().sessions().outdated();
      String server = server(proxy.get("/", "X-User: ada"));
      assertStays(proxy, server, "/", "X-User: ada");
      assertThat(proxy.cluster().sessions().calls()).containsExactly("move");
    }
  }

  @Test
  void whatIsNotCurrentIsAskedForAgain() {
    try (ProxyFixture proxy = proxy("by = [ cookie, ip ]")) {
      String first = proxy.get("/");
      String cookie = "Cookie: " + cookieOf(first);
      proxy.cluster().sessions().outdated();
      SessionKey key = proxy.cluster().sessions().known().keySet().iterator().next();
      proxy.cluster().sessions().placedElsewhere(key, c.hash());
      assertThat(server(proxy.get("/", cookie))).as("by cookie").isEqualTo(server(first));
      assertThat(server(proxy.get("/"))).as("by address").isEqualTo("c");
    }
  }

  @Test
  void twoRulesFirstThatKnowsWins() {
    try (ProxyFixture proxy = proxy("by = [ learn, header ], header.name = x-user")) {
      proxy.cluster().sessions().placedElsewhere(key("header", "x-user", "ada"), c.hash());
      proxy.cluster().sessions().placedElsewhere(key("learn", "connect.sid", "one"), b.hash());
      assertStays(proxy, "b", "/", "X-User: ada", "Cookie: connect.sid=one");
      assertStays(proxy, "c", "/", "X-User: ada", "Cookie: connect.sid=two");
      assertThat(proxy.cluster().sessions().known())
          .as("no server has set the other id")
          .doesNotContainKey(key("learn", "connect.sid", "two"));
    }
  }

  @Test
  void onlyNewClientsGetOurCookie() {
    try (ProxyFixture proxy = proxy("by = [ cookie, header ], header.name = x-user")) {
      String first = proxy.get("/", "X-User: ada");
      assertThat(first).contains(COOKIE);
      String known = proxy.get("/", "X-User: ada");
      assertThat(known).doesNotContain(COOKIE);
      assertThat(server(known)).isEqualTo(server(first));
      assertStays(proxy, server(first), "/", "Cookie: " + cookieOf(first));
    }
  }

  @Test
  void clientsOfOneNetworkShareAServer() {
    try (ProxyFixture proxy =
        proxy("by = [ ip ]", "test.listener.trusted-proxies = [ \"127.0.0.1\" ]\n")) {
      String server = server(proxy.get("/", "X-Forwarded-For: 192.0.2.1"));
      assertStays(proxy, server, "/", "X-Forwarded-For: 192.0.2.77");
      String other = server(proxy.get("/", "X-Forwarded-For: 2001:db8::1"));
      assertStays(proxy, other, "/", "X-Forwarded-For: 2001:db8:0::1");
      assertThat(proxy.cluster().sessions().known()).hasSize(2);
    }
  }

  @Test
  void routeNamesTheServer() {
    try (ProxyFixture proxy = proxy("by = [ route ], route { cookies = [ R ], queries = [ r ] }")) {
      assertStays(proxy, "b", "/", "Cookie: R=" + b.id());
      assertStays(proxy, "c", "/x;r=" + c.id() + "?y");
      assertStays(proxy, "a", "/?r=" + a.id());
      drain(proxy, b);
      assertStays(proxy, "b", "/", "Cookie: R=" + b.id());
      assertThat(proxy.cluster().sessions().known()).isEmpty();
      assertThat(List.of(server(proxy.get("/?r=x.y")), server(proxy.get("/?r=x.y"))))
          .as("no server of ours")
          .doesNotHaveDuplicates();
    }
  }

  @Test
  void routeNamesTheServerBehindADotAsTomcatDoes() {
    try (ProxyFixture proxy =
        new ProxyFixture(
            """
            limpet.upstreams.app {
              servers = [
                { address = "127.0.0.1:%d", id = n1 }, { address = "127.0.0.1:%d", id = n2 } ]
              affinity { by = [ route ], route.cookies = [ JSESSIONID ] }
            }
            """
                .formatted(a.port(), b.port()))) {
      assertStays(proxy, "b", "/", "Cookie: JSESSIONID=0A.1B.n2");
    }
  }

  @Test
  void whateverTheTableDoesRequestsGoOn() {
    try (ProxyFixture proxy = proxy("by = [ learn, header ], header.name = x-user")) {
      proxy.cluster().sessions().broken();
      proxy.cluster().sessions().outdated();
      a.line("Set-Cookie: connect.sid=one");
      for (int i = 0; i < 6; i++) {
        server(proxy.get("/", "X-User: ada", "Cookie: connect.sid=one"));
      }
    }
  }

  @Test
  void theAccessLogTellsWhatBecameOfASession() {
    Path file = directory.resolve("access.log");
    try (ProxyFixture proxy =
        proxy(
            "by = [ learn, header ], header.name = x-user",
            LogLines.settings(file, "format = json"))) {
      assertThat(server(proxy.get("/"))).isEqualTo("a");
      assertThat(LogLines.json(file, 1)).containsEntry("affinity", "none");
      b.line("Set-Cookie: connect.sid=one");
      assertThat(server(proxy.get("/"))).isEqualTo("b");
      assertThat(LogLines.json(file, 2)).containsEntry("affinity", "new");
      proxy.get("/", "Cookie: connect.sid=one");
      assertThat(LogLines.json(file, 3)).containsEntry("affinity", "kept");
      b.close();
      proxy.get("/", "Cookie: connect.sid=one");
      assertThat(LogLines.json(file, 4)).containsEntry("affinity", "moved");
      proxy.get("/", "X-User: ada");
      assertThat(LogLines.json(file, 5)).containsEntry("affinity", "new");
      Figures.OfUpstream counted = proxy.proxy().figures().upstreams().getFirst();
      assertThat(counted.affinity())
          .containsExactlyInAnyOrderEntriesOf(
              Map.of("none", 1L, "new", 2L, "kept", 1L, "moved", 1L));
      assertThat(counted.rules())
          .containsExactlyInAnyOrderEntriesOf(Map.of("learn", 3L, "header", 1L));
      assertThat(counted.moves()).containsExactlyEntriesOf(Map.of("unreachable", 1L));
    }
  }
}
