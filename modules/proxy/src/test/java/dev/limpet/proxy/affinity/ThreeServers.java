package dev.limpet.proxy.affinity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.balancing.affinity.SessionKeys;
import dev.limpet.model.state.SessionKey;
import dev.limpet.proxy.fixture.NamedOrigin;
import dev.limpet.proxy.fixture.ProxyFixture;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;

/**
 * Three servers of one upstream, and where requests to it land. Balanced, clients would alternate.
 */
abstract class ThreeServers {

  /** What a response has that binds a client by our cookie. */
  static final String COOKIE = "Set-Cookie: limpet=";

  final NamedOrigin a = new NamedOrigin("a");
  final NamedOrigin b = new NamedOrigin("b");
  final NamedOrigin c = new NamedOrigin("c");

  @AfterEach
  void close() {
    a.close();
    b.close();
    c.close();
  }

  /** In front of all three. */
  ProxyFixture proxy(String affinity) {
    return proxy(affinity, "");
  }

  ProxyFixture proxy(String affinity, String changes) {
    return new ProxyFixture(
        "limpet.upstreams.app.affinity { " + affinity + " }\n" + changes,
        a.port(),
        b.port(),
        c.port());
  }

  /** What the session table knows an id by. */
  static SessionKey key(String rule, String name, String id) {
    return new SessionKeys("app", rule, name).of(id);
  }

  /** Which server answered: the first byte of the body. */
  static String server(String response) {
    assertThat(response).startsWith("HTTP/1.1 200 ");
    return response.substring(response.indexOf("\r\n\r\n") + 4).substring(0, 1);
  }

  /** The one whose responses begin so. */
  NamedOrigin named(String server) {
    return switch (server) {
      case "a" -> a;
      case "b" -> b;
      default -> c;
    };
  }

  /** Dead, and known to be. */
  void down(ProxyFixture proxy, NamedOrigin server) {
    proxy.cluster().dead(server.port());
    await().until(() -> !takeNewClients(proxy).contains(server));
  }

  void suspect(ProxyFixture proxy, NamedOrigin server) {
    proxy.cluster().suspect(server.port());
    await().until(() -> !takeNewClients(proxy).contains(server));
  }

  void drain(ProxyFixture proxy, NamedOrigin server) {
    proxy.cluster().drain(server.port());
    await().until(() -> !takeNewClients(proxy).contains(server));
  }

  void up(ProxyFixture proxy, NamedOrigin server) {
    proxy.cluster().up(server.port());
    await().until(() -> takeNewClients(proxy).contains(server));
  }

  Set<NamedOrigin> takeNewClients(ProxyFixture proxy) {
    return Set.of(a, b, c).stream()
        .map(each -> named(server(proxy.get("/"))))
        .collect(Collectors.toSet());
  }

  /** Balanced, requests would not all go to one server. */
  void assertStays(ProxyFixture proxy, String server, String target, String... headers) {
    for (int i = 0; i < 4; i++) {
      assertThat(server(proxy.get(target, headers))).isEqualTo(server);
    }
  }

  /** Limpet's cookie, as a client sends it. */
  static String cookieOf(String response) {
    Matcher cookie = Pattern.compile("Set-Cookie: (limpet=[^;]+)").matcher(response);
    assertThat(cookie.find()).as(response).isTrue();
    return cookie.group(1);
  }
}
