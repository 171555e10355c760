package dev.limpet.proxy.affinity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.model.settings.ServerId;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.SilentPort;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** When sessions leave their server, where they go, and whether they come back. */
class SessionMovesTest extends ThreeServers {

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
              place -> assertThat(place.server()).isEqualTo(c.hash()));
    }
  }
}
