package dev.limpet.proxy.affinity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.proxy.fixture.ProxyFixture;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Clients that are known by the application's own cookie. */
class LearnedSessionsTest extends ThreeServers {

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
  void ofSeveralCookiesTheFirstThatIsKnownCounts() {
    try (ProxyFixture proxy = proxy("by = [ learn ], learn.cookies = [ one, two ]")) {
      proxy.cluster().sessions().placedElsewhere(key("learn", "two", "x"), c.hash());
      assertStays(proxy, "c", "/", "Cookie: two=x; one=x");
    }
  }
}
