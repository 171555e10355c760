package dev.limpet.proxy.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.proxy.fixture.NamedOrigin;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who gets the requests of clients that nothing binds, and of new ones. */
class BalancingTest {

  private static final String UNBOUND = "limpet.upstreams.app.affinity.by = []\n";

  private static String balance(String method) {
    return UNBOUND + "limpet.upstreams.app.balance = " + method + "\n";
  }

  /** Two servers, each with its options as HOCON. */
  private static String servers(NamedOrigin a, String ofA, NamedOrigin b, String ofB) {
    return "limpet.upstreams.app.servers = [ { address = \"%s\", %s }, { address = \"%s\", %s } ]\n"
        .formatted(a.id(), ofA, b.id(), ofB);
  }

  private static String body(String response) {
    return response.substring(response.indexOf("\r\n\r\n") + 4);
  }

  /** How often each server answers, by its name. */
  private static Map<String, Integer> shares(ProxyFixture proxy, int requests) {
    Map<String, Integer> shares = new TreeMap<>();
    for (int i = 0; i < requests; i++) {
      shares.merge(body(proxy.get("/")), 1, Integer::sum);
    }
    return shares;
  }

  /** In the end: the machine itself may once have been slow while the quicker server answered. */
  private static void allGoTo(String server, ProxyFixture proxy) {
    await().untilAsserted(() -> assertThat(shares(proxy, 20)).isEqualTo(Map.of(server, 20)));
  }

  @ParameterizedTest
  @CsvSource({
    "'{ hash = \"header:x-user\" }', /, X-User: ada",
    "'{ hash = \"cookie:user\" }', /, Cookie: user=ada",
    "'{ hash = \"query:user\" }', /?user=ada, X-Other: 1",
    "'{ hash = path }', /ada, X-Other: 1",
    "'{ hash = address }', /, X-Other: 1",
    "ip-hash, /, X-Other: 1"
  })
  void aKeyHasItsServerAtEveryNode(String method, String target, String header) {
    try (NamedOrigin a = new NamedOrigin("a");
        NamedOrigin b = new NamedOrigin("b");
        NamedOrigin c = new NamedOrigin("c");
        ProxyFixture one = new ProxyFixture(balance(method), a.port(), b.port(), c.port());
        ProxyFixture other = new ProxyFixture(balance(method), c.port(), b.port(), a.port())) {
      String first = body(one.get(target, header));
      for (int i = 0; i < 5; i++) {
        assertThat(body(one.get(target, header))).isEqualTo(first);
        assertThat(body(other.get(target, header))).isEqualTo(first);
      }
    }
  }

  @Test
  void keysAreSpreadAndRequestsWithoutOneTakeTurns() {
    try (NamedOrigin a = new NamedOrigin("a");
        NamedOrigin b = new NamedOrigin("b");
        ProxyFixture proxy =
            new ProxyFixture(balance("{ hash = \"header:x-user\" }"), a.port(), b.port())) {
      Map<String, Integer> shares = new TreeMap<>();
      for (int i = 0; i < 40; i++) {
        shares.merge(body(proxy.get("/", "X-User: user-" + i)), 1, Integer::sum);
      }
      assertThat(shares.values()).allMatch(share -> share > 5).hasSize(2);
      assertThat(shares(proxy, 4)).isEqualTo(Map.of("a", 2, "b", 2));
    }
  }

  @Test
  void aKeyWhoseServerRefusesGoesToAnotherOne() {
    try (NamedOrigin a = new NamedOrigin("a");
        NamedOrigin b = new NamedOrigin("b");
        ProxyFixture proxy = new ProxyFixture(balance("ip-hash"), a.port(), b.port())) {
      String first = body(proxy.get("/"));
      (first.equals("a") ? a : b).close();
      assertThat(body(proxy.get("/"))).isEqualTo(first.equals("a") ? "b" : "a");
    }
  }

  /** Both servers answer at once; one of them takes its time for the body. */
  @ParameterizedTest
  @ValueSource(strings = {"{ least-time = last-byte }", "{ random-two = last-byte }"})
  void theFasterServerIsPreferred(String method) {
    try (NamedOrigin fast = new NamedOrigin("a");
        Origin slow =
            new Origin(
                (self, socket) -> {
                  while (!self.readRequest(socket).isEmpty()) {
                    self.write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n");
                    LockSupport.parkNanos(100_000_000);
                    self.write(socket, "b");
                  }
                });
        ProxyFixture proxy = new ProxyFixture(balance(method), slow.port(), fast.port())) {
      allGoTo("a", proxy);
    }
  }

  @Test
  void untilTheHeadASlowBodyDoesNotCount() {
    String head = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n";
    Origin.Script slowBody =
        (self, socket) -> {
          while (!self.readRequest(socket).isEmpty()) {
            self.write(socket, head);
            LockSupport.parkNanos(60_000_000);
            self.write(socket, "b");
          }
        };
    Origin.Script slowHead =
        (self, socket) -> {
          while (!self.readRequest(socket).isEmpty()) {
            LockSupport.parkNanos(200_000_000);
            self.write(socket, head + "a");
          }
        };
    try (Origin a = new Origin(slowHead);
        Origin b = new Origin(slowBody);
        ProxyFixture proxy = new ProxyFixture(balance("least-time"), a.port(), b.port())) {
      allGoTo("b", proxy);
    }
  }

  @Test
  void backupsGetNewClientsOnlyWhileNoOtherIsHealthyAndKeepThem() {
    try (NamedOrigin a = new NamedOrigin("a");
        NamedOrigin b = new NamedOrigin("b");
        ProxyFixture proxy = new ProxyFixture(servers(a, "", b, "backup = on"))) {
      assertThat(shares(proxy, 4)).isEqualTo(Map.of("a", 4));
      proxy.cluster().dead(a.port());
      String bound = await().until(() -> proxy.get("/"), response -> response.endsWith("b"));
      proxy.cluster().up(a.port());
      await().until(() -> proxy.get("/").endsWith("a"));
      assertThat(shares(proxy, 4)).isEqualTo(Map.of("a", 4));
      String cookie = bound.replaceFirst("(?s).*Set-Cookie: (limpet=[^;]*).*", "$1");
      assertThat(proxy.get("/", "Cookie: " + cookie)).endsWith("b");
    }
  }

  @Test
  void aBackupStepsInForOneRequestWhereTheOthersRefuse() {
    try (NamedOrigin a = new NamedOrigin("a");
        NamedOrigin b = new NamedOrigin("b");
        ProxyFixture proxy = new ProxyFixture(servers(a, "", b, "backup = on"))) {
      a.close();
      assertThat(proxy.get("/")).endsWith("b");
    }
  }

  @Test
  void whereTooFewAreHealthyAllGetNewClientsAndClientsStay() {
    try (NamedOrigin a = new NamedOrigin("a");
        NamedOrigin b = new NamedOrigin("b");
        NamedOrigin c = new NamedOrigin("c");
        ProxyFixture proxy =
            new ProxyFixture(
                "limpet.upstreams.app.panic-threshold = 50%", a.port(), b.port(), c.port())) {
      proxy.cluster().dead(a.port(), b.port());
      assertThat(shares(proxy, 6)).isEqualTo(Map.of("a", 2, "b", 2, "c", 2));
      String bound = proxy.get("/");
      String cookie = bound.replaceFirst("(?s).*Set-Cookie: (limpet=[^;]*).*", "$1");
      for (int i = 0; i < 3; i++) {
        assertThat(body(proxy.get("/", "Cookie: " + cookie))).isEqualTo(body(bound));
      }
    }
  }

  @Test
  void withoutAPanicThresholdTheHealthyOneGetsAll() {
    try (NamedOrigin a = new NamedOrigin("a");
        NamedOrigin b = new NamedOrigin("b");
        NamedOrigin c = new NamedOrigin("c");
        ProxyFixture proxy = new ProxyFixture(a.port(), b.port(), c.port())) {
      proxy.cluster().dead(a.port(), b.port());
      await().until(() -> shares(proxy, 6).equals(Map.of("c", 6)));
    }
  }

  @Test
  void serversOfTheNodesZoneArePreferredWhileTheyCanBeReached() {
    try (NamedOrigin a = new NamedOrigin("a");
        NamedOrigin b = new NamedOrigin("b");
        ProxyFixture proxy =
            new ProxyFixture(
                UNBOUND + "limpet.node.zone = az2\n" + servers(a, "zone = az1", b, "zone = az2"))) {
      assertThat(shares(proxy, 4)).isEqualTo(Map.of("b", 4));
      b.close();
      assertThat(shares(proxy, 4)).isEqualTo(Map.of("a", 4));
    }
  }

  @Test
  void aServerThatComesUpAgainStartsSlowlyAndOneThatIsUpAtOurStartDoesNot() {
    String slowStart = "slow-start = 4s";
    try (NamedOrigin a = new NamedOrigin("a");
        NamedOrigin b = new NamedOrigin("b");
        ProxyFixture proxy = new ProxyFixture(UNBOUND + servers(a, slowStart, b, slowStart))) {
      assertThat(shares(proxy, 10)).isEqualTo(Map.of("a", 5, "b", 5));
      proxy.cluster().dead(b.port());
      await().until(() -> shares(proxy, 4).equals(Map.of("a", 4)));
      proxy.cluster().up(b.port());
      assertThat(shares(proxy, 10).getOrDefault("b", 0)).isLessThan(4);
      await().until(() -> shares(proxy, 10).equals(Map.of("a", 5, "b", 5)));
    }
  }
}
