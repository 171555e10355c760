package dev.limpet.proxy.affinity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.balancing.affinity.SessionKeys;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.state.SessionKey;
import dev.limpet.proxy.fixture.LogLines;
import dev.limpet.proxy.fixture.NamedOrigin;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.SilentPort;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Where clients land that are known by other things than our cookie. Balanced, they would
 * alternate.
 */
class AffinityTest {

  private static final String COOKIE = "Set-Cookie: limpet=";

  @TempDir Path directory;

  private final NamedOrigin a = new NamedOrigin("a");
  private final NamedOrigin b = new NamedOrigin("b");
  private final NamedOrigin c = new NamedOrigin("c");

  @AfterEach
  void close() {
    a.close();
    b.close();
    c.close();
  }

  private ProxyFixture proxy(String affinity) {
    return proxy(affinity, "");
  }

  private ProxyFixture proxy(String affinity, String changes) {
    return new ProxyFixture(
        "limpet.upstreams.app.affinity { " + affinity + " }\n" + changes,
        a.port(),
        b.port(),
        c.port());
  }

  private static SessionKey key(String rule, String name, String id) {
    return new SessionKeys("app", rule, name).of(id);
  }

  /** Which server answered: the first byte of the body. */
  private static String server(String response) {
    assertThat(response).startsWith("HTTP/1.1 200 ");
    return response.substring(response.indexOf("\r\n\r\n") + 4).substring(0, 1);
  }

  private NamedOrigin named(String server) {
    return switch (server) {
      case "a" -> a;
      case "b" -> b;
      default -> c;
    };
  }

  private void down(ProxyFixture proxy, NamedOrigin server) {
    proxy.cluster().dead(server.port());
    await().until(() -> !takeNewClients(proxy).contains(server));
  }

  private void suspect(ProxyFixture proxy, NamedOrigin server) {
    proxy.cluster().suspect(server.port());
    await().until(() -> !takeNewClients(proxy).contains(server));
  }

  private void drain(ProxyFixture proxy, NamedOrigin server) {
    proxy.cluster().drain(server.port());
    await().until(() -> !takeNewClients(proxy).contains(server));
  }

  private void up(ProxyFixture proxy, NamedOrigin server) {
    proxy.cluster().up(server.port());
    await().until(() -> takeNewClients(proxy).contains(server));
  }

  private Set<NamedOrigin> takeNewClients(ProxyFixture proxy) {
    return Set.of(a, b, c).stream()
        .map(each -> named(server(proxy.get("/"))))
        .collect(Collectors.toSet());
  }

  private void assertStays(ProxyFixture proxy, String server, String target, String... headers) {
    for (int i = 0; i < 4; i++) {
      assertThat(server(proxy.get(target, headers))).isEqualTo(server);
    }
  }

  @Test
  void learnedSessionsFollowTheApplicationsCookie() {
    try (ProxyFixture proxy = proxy("by = [ learn ]")) {
      b.line("Set-Cookie: connect.sid=s%3Aone; Path=/");
      assertThat(server(proxy.get("/"))).isEqualTo("a");
      assertThat(proxy.get("/"))
          .contains("connect.sid=s%3Aone")
          .doesNotContain(COOKIE)
          .endsWith("b");
      assertThat(proxy.cluster().sessions().calls()).containsExactly("bind");
      assertStays(proxy, "b", "/", "Cookie: x=1; connect.sid=\"s%3Aone\"");
      assertThat(proxy.cluster().sessions().calls()).containsExactly("bind");
      b.close();
      String moved = server(proxy.get("/", "Cookie: connect.sid=s%3Aone"));
      assertThat(moved).isNotEqualTo("b");
      assertStays(proxy, moved, "/", "Cookie: connect.sid=s%3Aone");
      assertThat(proxy.cluster().sessions().calls()).containsExactly("bind", "move");
    }
  }

  @Test
  void anIdThatNoServerHasSetIsServedAndNotKept() {
    try (ProxyFixture proxy = proxy("by = [ learn ]")) {
      proxy.cluster().sessions().placedElsewhere(key("learn", "connect.sid", "real"), c.hash());
      assertStays(proxy, "c", "/", "Cookie: connect.sid=real");
      List<String> servers = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        servers.add(server(proxy.get("/", "Cookie: connect.sid=invented" + i % 2)));
      }
      assertThat(servers).as("as new clients' requests").containsOnly("a", "b", "c");
      assertThat(proxy.cluster().sessions().known())
          .containsOnlyKeys(key("learn", "connect.sid", "real"));
      assertThat(proxy.cluster().sessions().calls()).containsOnly("ask");
      assertStays(proxy, "c", "/", "Cookie: connect.sid=real");
    }
  }

  @Test
  void aClientWithAnInventedIdIsBoundByTheOtherRules() {
    try (ProxyFixture proxy = proxy("by = [ learn, cookie ]")) {
      String first = proxy.get("/", "Cookie: connect.sid=invented");
      assertStays(proxy, server(first), "/", "Cookie: connect.sid=invented; " + cookieOf(first));
      assertThat(proxy.cluster().sessions().known()).isEmpty();
    }
  }

  /** As express-session does with {@code rolling}. */
  @Test
  void anUnknownIdIsBoundOnceAServerSetsItAgain() {
    try (ProxyFixture proxy = proxy("by = [ learn ]")) {
      assertThat(server(proxy.get("/", "Cookie: connect.sid=old"))).isEqualTo("a");
      b.line("Set-Cookie: connect.sid=old");
      assertThat(server(proxy.get("/", "Cookie: connect.sid=old"))).isEqualTo("b");
      assertStays(proxy, "b", "/", "Cookie: connect.sid=old");
    }
  }

  /** Another node's server was quicker to accept it. */
  @Test
  void ofTwoServersThatAcceptAnUnknownIdTheFirstHasIt() {
    try (ProxyFixture proxy = proxy("by = [ learn ]")) {
      proxy.cluster().sessions().placedBeforeMove(key("learn", "connect.sid", "old"), c.hash());
      a.line("Set-Cookie: connect.sid=old");
      assertThat(server(proxy.get("/", "Cookie: connect.sid=old"))).isEqualTo("a");
      assertStays(proxy, "c", "/", "Cookie: connect.sid=old");
    }
  }

  @Test
  void learnUnknownBindsWhatAClientShowsWithinItsLimit() {
    try (ProxyFixture proxy =
        proxy(
            "by = [ learn ], learn-unknown = on, learn-unknown-limit = 3",
            "test.listener.trusted-proxies = [ \"127.0.0.1\" ]\n")) {
      for (int i = 0; i < 10; i++) {
        server(proxy.get("/", "Cookie: connect.sid=" + i));
      }
      assertThat(proxy.cluster().sessions().known())
          .containsKeys(
              key("learn", "connect.sid", "0"),
              key("learn", "connect.sid", "1"),
              key("learn", "connect.sid", "2"))
          .as("three, and as many again where another minute has begun meanwhile")
          .hasSizeLessThanOrEqualTo(6);
      String other = "X-Forwarded-For: 2001:db8::1";
      assertStays(
          proxy,
          server(proxy.get("/", other, "Cookie: connect.sid=x")),
          "/",
          "Cookie: connect.sid=x");
    }
  }

  @Test
  void aDeletedCookieIsNotLearned() {
    try (ProxyFixture proxy = proxy("by = [ learn ]")) {
      a.line("Set-Cookie: connect.sid=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
      assertThat(server(proxy.get("/"))).isEqualTo("a");
      assertThat(proxy.cluster().sessions().known()).isEmpty();
    }
  }

  @Test
  void aSessionThatAnotherServerTakesOverIsThere() {
    try (ProxyFixture proxy = proxy("by = [ cookie, learn ]")) {
      a.line("Set-Cookie: connect.sid=one");
      assertThat(server(proxy.get("/"))).isEqualTo("a");
      b.line("Set-Cookie: connect.sid=one");
      assertThat(proxy.get("/")).contains(COOKIE).endsWith("b");
      assertStays(proxy, "b", "/", "Cookie: connect.sid=one");
    }
  }

  @Test
  void aResponseThatRevealsASessionWaitsForTheTable() {
    try (ProxyFixture proxy = proxy("by = [ learn ]")) {
      CompletableFuture<?> gate = proxy.cluster().sessions().slow("bind");
      a.line("Set-Cookie: connect.sid=one");
      CompletableFuture<String> response = proxy.getLater("/");
      await().until(() -> proxy.cluster().sessions().calls().contains("bind"));
      assertThat(server(proxy.get("/other"))).as("others do not wait").isEqualTo("b");
      assertThat(response).isNotDone();
      gate.complete(null);
      assertThat(response.join()).contains("connect.sid=one").endsWith("a");
    }
  }

  @Test
  void aLongResponseThatRevealsASessionWaitsForTheTableAndIsWhole() {
    try (ProxyFixture proxy = proxy("by = [ learn ]")) {
      CompletableFuture<?> gate = proxy.cluster().sessions().slow("bind");
      a.line("Set-Cookie: connect.sid=one");
      a.body("x".repeat(1_000_000));
      CompletableFuture<String> response = proxy.getLater("/");
      await().until(() -> proxy.cluster().sessions().calls().contains("bind"));
      assertThat(response).isNotDone();
      gate.complete(null);
      assertThat(response.join()).hasSizeGreaterThan(1_000_000).endsWith("x");
    }
  }

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
              place -> assertThat(place.backend()).isEqualTo(named(server).hash()));
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
  void ofSeveralCookiesTheFirstThatIsKnownCounts() {
    try (ProxyFixture proxy = proxy("by = [ learn ], learn.cookies = [ one, two ]")) {
      proxy.cluster().sessions().placedElsewhere(key("learn", "two", "x"), c.hash());
      assertStays(proxy, "c", "/", "Cookie: two=x; one=x");
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
  void aRouteToAServerThatIsDownMovesOnceAndStays() {
    try (ProxyFixture proxy = proxy("by = [ route ], route.cookies = [ R ]")) {
      down(proxy, b);
      String moved = server(proxy.get("/", "Cookie: R=" + b.id()));
      assertStays(proxy, moved, "/", "Cookie: R=" + b.id());
      up(proxy, b);
      assertStays(proxy, moved, "/", "Cookie: R=" + b.id());
      assertThat(moved).isNotEqualTo("b");
      assertThat(proxy.cluster().sessions().calls()).containsExactly("move");
    }
  }

  @Test
  void aSessionDoesNotComeBackByItself() {
    try (ProxyFixture proxy = proxy("by = [ cookie ]")) {
      String first = proxy.get("/");
      down(proxy, named(server(first)));
      String moved = proxy.get("/", "Cookie: " + cookieOf(first));
      assertThat(moved).contains(COOKIE);
      up(proxy, named(server(first)));
      assertStays(proxy, server(moved), "/", "Cookie: " + cookieOf(first));
      assertStays(proxy, server(moved), "/", "Cookie: " + cookieOf(moved));
    }
  }

  @Test
  void withFailBackASessionComesBack() {
    try (ProxyFixture proxy =
        proxy("by = [ cookie, header ], header.name = x-user, fail-back = on")) {
      String first = proxy.get("/", "X-User: ada");
      String home = server(first);
      List<String> ways = List.of("X-User: ada", "Cookie: " + cookieOf(first));
      for (int i = 0; i < 2; i++) {
        down(proxy, named(home));
        for (String way : ways) {
          String away = proxy.get("/", way);
          assertThat(server(away)).isNotEqualTo(home);
          assertThat(away).as("the cookie names the home").doesNotContain(COOKIE);
          assertStays(proxy, server(away), "/", way);
        }
        up(proxy, named(home));
        for (String way : ways) {
          assertStays(proxy, home, "/", way);
        }
      }
    }
  }

  @Test
  void withFailBackARouteHoldsAgainWhenItsServerIsUp() {
    try (ProxyFixture proxy = proxy("by = [ route ], route.queries = [ r ], fail-back = on")) {
      String target = "/?r=" + b.id();
      down(proxy, b);
      String away = server(proxy.get(target));
      assertThat(away).isNotEqualTo("b");
      assertStays(proxy, away, target);
      up(proxy, b);
      assertStays(proxy, "b", target);
    }
  }

  @Test
  void withFailBackARefusedConnectionSendsASessionAway() {
    try (ProxyFixture proxy = proxy("by = [ header ], header.name = x-user, fail-back = on")) {
      String home = server(proxy.get("/", "X-User: ada"));
      named(home).close();
      String away = server(proxy.get("/", "X-User: ada"));
      assertThat(away).isNotEqualTo(home);
      assertStays(proxy, away, "/", "X-User: ada");
    }
  }

  @Test
  void aSuspectKeepsItsSessionsAndGetsNoNewOnesUntilItIsDead() {
    try (ProxyFixture proxy = proxy("by = [ header ], header.name = x-user")) {
      String home = server(proxy.get("/", "X-User: ada"));
      suspect(proxy, named(home));
      assertStays(proxy, home, "/", "X-User: ada");
      assertThat(server(proxy.get("/", "X-User: ben"))).isNotEqualTo(home);
      up(proxy, named(home));
      suspect(proxy, named(home));
      assertStays(proxy, home, "/", "X-User: ada");
      proxy.cluster().dead(named(home).port());
      await().until(() -> !server(proxy.get("/", "X-User: ada")).equals(home));
      String away = server(proxy.get("/", "X-User: ada"));
      up(proxy, named(home));
      assertStays(proxy, away, "/", "X-User: ada");
    }
  }

  @Test
  void withFailBackASessionDoesNotLeaveASuspect() {
    try (ProxyFixture proxy = proxy("by = [ header ], fail-back = on, header.name = x-user")) {
      String home = server(proxy.get("/", "X-User: ada"));
      suspect(proxy, named(home));
      assertStays(proxy, home, "/", "X-User: ada");
    }
  }

  @Test
  void whereNoServerIsHealthyNobodyLeavesTheDeadOnesEither() {
    try (ProxyFixture proxy = proxy("by = [ header ], header.name = x-user")) {
      String home = server(proxy.get("/", "X-User: ada"));
      String other = home.equals("a") ? "b" : "a";
      String third = home.equals("c") ? "b" : "c";
      suspect(proxy, named(other));
      proxy.cluster().dead(named(home).port());
      proxy.cluster().suspect(named(third).port());
      // The suspects share new clients, now that nobody is better.
      await().until(() -> takeNewClients(proxy).equals(Set.of(named(other), named(third))));
      assertStays(proxy, home, "/", "X-User: ada");
    }
  }

  @Test
  void aSuspectThatAnswersIsReported() {
    try (ProxyFixture proxy = proxy("by = [ header ], header.name = x-user")) {
      String home = server(proxy.get("/", "X-User: ada"));
      suspect(proxy, named(home));
      await().during(Duration.ofMillis(600)).until(() -> proxy.cluster().answered().isEmpty());
      assertStays(proxy, home, "/", "X-User: ada");
      await()
          .untilAsserted(
              () ->
                  assertThat(proxy.cluster().answered())
                      .extracting(ServerId::value)
                      .containsExactly("app/127.0.0.1:" + named(home).port()));
    }
  }

  /** A process that is stopped takes connections only until the kernel's queue is full. */
  @Test
  void aSessionWhoseServerIsLateToConnectStays() throws IOException {
    try (SilentPort full = new SilentPort("127.0.0.1", 0);
        ProxyFixture proxy =
            new ProxyFixture(
                "limpet.upstreams.app { affinity { by = [ route ], route.queries = [ s ] }\n"
                    + "timeouts.connect = 200ms }",
                full.port(),
                a.port())) {
      String bound = "/?s=127.0.0.1:" + full.port();
      assertThat(proxy.get(bound)).startsWith("HTTP/1.1 504 ");
      assertThat(server(proxy.get("/"))).isEqualTo("a");
      assertThat(proxy.get(bound)).startsWith("HTTP/1.1 504 ");
      assertThat(proxy.cluster().sessions().calls()).doesNotContain("move");
      proxy.cluster().dead(full.port());
      await().until(() -> proxy.get(bound).startsWith("HTTP/1.1 200 "));
    }
  }

  @Test
  void aNodeThatStoodStillTriesAServerBeforeItMovesTheServersSessions() {
    try (ProxyFixture proxy = proxy("by = [ header ], header.name = x-user")) {
      String home = server(proxy.get("/", "X-User: ada"));
      down(proxy, named(home));
      proxy.cluster().outdated();
      assertStays(proxy, home, "/", "X-User: ada");
      named(home).close();
      String away = server(proxy.get("/", "X-User: ada"));
      assertThat(away).isNotEqualTo(home);
      assertStays(proxy, away, "/", "X-User: ada");
    }
  }

  @Test
  void aSessionThatIsBoundToAServerThatRefusesMovesWithTheRequest() {
    a.close();
    b.close();
    try (ProxyFixture proxy = proxy("by = [ header ], header.name = x-user")) {
      assertStays(proxy, "c", "/", "X-User: ada");
      assertThat(proxy.cluster().sessions().known())
          .hasEntrySatisfying(
              key("header", "x-user", "ada"),
              place -> assertThat(place.backend()).isEqualTo(c.hash()));
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
    }
  }

  private static String cookieOf(String response) {
    Matcher cookie = Pattern.compile("Set-Cookie: (limpet=[^;]+)").matcher(response);
    assertThat(cookie.find()).as(response).isTrue();
    return cookie.group(1);
  }
}
