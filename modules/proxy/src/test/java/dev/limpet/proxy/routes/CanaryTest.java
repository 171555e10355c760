package dev.limpet.proxy.routes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.proxy.fixture.Http2Client;
import dev.limpet.proxy.fixture.NamedOrigin;
import dev.limpet.proxy.fixture.ProxyFixture;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which of a route's upstreams clients get, and that they stay there. */
class CanaryTest {

  private static final Pattern COOKIE = Pattern.compile("Set-Cookie: (limpet=[^;]+)");

  private final NamedOrigin stable = new NamedOrigin("s");
  private final NamedOrigin canary = new NamedOrigin("c");

  @AfterEach
  void close() {
    stable.close();
    canary.close();
  }

  private ProxyFixture proxy(int stableWeight, int canaryWeight, String affinity) {
    return new ProxyFixture(
        """
        test.listener.timeouts.keep-alive = 5m
        limpet.upstreams.canary {
          servers = [ { address = "127.0.0.1:%d" } ]
          affinity { %s }
        }
        limpet.upstreams.app.affinity { %s }
        limpet.hosts = [ { routes = [ { path = "/", upstream = [
          { name = app, weight = %d }, { name = canary, weight = %d } ] } ] } ]
        """
            .formatted(canary.port(), affinity, affinity, stableWeight, canaryWeight),
        stable.port());
  }

  private static String server(String response) {
    assertThat(response).startsWith("HTTP/1.1 200 ");
    return response.substring(response.length() - 1);
  }

  private static String cookie(String response) {
    Matcher found = COOKIE.matcher(response);
    assertThat(found.find()).as(response).isTrue();
    return found.group(1);
  }

  @Test
  void newClientsAreSharedByWeightAndStayByTheirCookie() {
    List<String> cookies = new ArrayList<>();
    List<String> servers = new ArrayList<>();
    try (ProxyFixture proxy = proxy(50, 50, "by = [ cookie ]")) {
      while (new HashSet<>(servers).size() < 2 || cookies.size() < 20) {
        assertThat(cookies.size()).as("clients until each upstream had one").isLessThan(200);
        String response = proxy.get("/");
        cookies.add(cookie(response));
        servers.add(server(response));
      }
      for (int i = 0; i < cookies.size(); i++) {
        String again = proxy.get("/", "Cookie: " + cookies.get(i));
        assertThat(server(again)).isEqualTo(servers.get(i));
        assertThat(again).doesNotContain("Set-Cookie");
      }
    }
    try (ProxyFixture ended = proxy(1, 0, "by = [ cookie ]")) {
      for (int i = 0; i < cookies.size(); i++) {
        assertThat(server(ended.get("/", "Cookie: " + cookies.get(i))))
            .as("without a weight, it keeps its clients")
            .isEqualTo(servers.get(i));
        assertThat(server(ended.get("/"))).isEqualTo("s");
      }
    }
  }

  @Test
  void aCookieCountsForHttp2AsWell() throws IOException {
    try (ProxyFixture proxy = proxy(0, 1, "by = [ cookie ]");
        ProxyFixture other = proxy(1, 0, "by = [ cookie ]")) {
      String cookie = cookie(proxy.get("/"));
      try (Http2Client client = new Http2Client(other)) {
        assertThat(client.response(client.get("/", "cookie", cookie)).text()).isEqualTo("c");
        assertThat(client.response(client.get("/")).text()).isEqualTo("s");
      }
    }
  }

  /** An address may be that of many clients; the cookie is one's. */
  @Test
  void theCookieCountsMoreThanTheAddress() {
    try (ProxyFixture first = proxy(0, 1, "by = [ cookie, ip ]");
        ProxyFixture second = proxy(1, 0, "by = [ cookie, ip ]")) {
      String cookie = cookie(first.get("/"));
      assertThat(server(second.get("/"))).isEqualTo("s");
      assertThat(server(second.get("/", "Cookie: " + cookie))).isEqualTo("c");
    }
  }

  @Test
  void idsChooseTheSameUpstreamAtEveryNode() {
    try (ProxyFixture one = proxy(50, 50, "by = [ header ], header.name = x-user");
        ProxyFixture two = proxy(50, 50, "by = [ header ], header.name = x-user")) {
      Set<String> servers = new HashSet<>();
      for (int user = 0; user < 30; user++) {
        String server = server(one.get("/", "X-User: " + user));
        assertThat(server(two.get("/", "X-User: " + user))).isEqualTo(server);
        assertThat(server(one.get("/", "X-User: " + user))).isEqualTo(server);
        servers.add(server);
      }
      assertThat(servers).containsExactlyInAnyOrder("s", "c");
      String byAddress = server(one.get("/"));
      for (int i = 0; i < 10; i++) {
        assertThat(server(two.get("/"))).isEqualTo(byAddress);
      }
    }
  }

  /** The id is made after the upstream has been chosen, so no hash of it can lead back. */
  @Test
  void learnedSessionsStayWhereTheyWereMade() {
    try (ProxyFixture proxy = proxy(50, 50, "by = [ learn ], learn.cookies = [ sid ]")) {
      String server = server(proxy.get("/"));
      NamedOrigin home = server.equals("s") ? stable : canary;
      for (int i = 0; i < 20; i++) {
        home.line("Set-Cookie: sid=id" + i);
        proxy.get("/");
        home.line("X: y");
        assertThat(server(proxy.get("/", "Cookie: sid=id" + i))).isEqualTo(server);
      }
    }
  }
}
