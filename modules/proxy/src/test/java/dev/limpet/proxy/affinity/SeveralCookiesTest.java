package dev.limpet.proxy.affinity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.balancing.affinity.SessionKeys;
import dev.limpet.proxy.fixture.NamedOrigin;
import dev.limpet.proxy.fixture.ProxyFixture;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Cookies that come several times, in one line or several. Balanced, clients would alternate. */
class SeveralCookiesTest {

  private static final Pattern OURS = Pattern.compile("Set-Cookie: (limpet=[^;]*)");

  private final NamedOrigin a = new NamedOrigin("a");
  private final NamedOrigin b = new NamedOrigin("b");

  @AfterEach
  void close() {
    a.close();
    b.close();
  }

  private ProxyFixture proxy(String affinity) {
    return new ProxyFixture(
        "limpet.upstreams.app.affinity { " + affinity + " }", a.port(), b.port());
  }

  private static String cookieOf(String response) {
    Matcher cookie = OURS.matcher(response);
    assertThat(cookie.find()).as(response).isTrue();
    return cookie.group(1);
  }

  /** A cookie of ours that looks right and is not signed. */
  private static String forged(String cookie) {
    return "limpet=A" + (cookie.charAt(9) == 'A' ? "B" : "A") + cookie.substring(9);
  }

  private static char serverOf(String response) {
    return response.charAt(response.length() - 1);
  }

  private static void assertStays(ProxyFixture proxy, String server, String... lines) {
    for (int i = 0; i < 4; i++) {
      assertThat(proxy.get("/", lines)).endsWith("\r\n\r\n" + server).doesNotContain("Set-Cookie");
    }
  }

  @Test
  void theFirstValidOneOfOurCookiesCountsWhereverItStands() {
    try (ProxyFixture proxy = proxy("by = [ cookie ]")) {
      String first = cookieOf(proxy.get("/"));
      String second = cookieOf(proxy.get("/"));
      assertStays(proxy, "a", "Cookie: " + first);
      assertStays(proxy, "b", "Cookie: x=1", "Cookie: y=2; " + second);
      assertStays(proxy, "b", "Cookie: limpet=garbage; " + second);
      assertStays(proxy, "b", "Cookie: limpet=; " + forged(first) + "; " + second);
      assertStays(proxy, "b", "Cookie: " + forged(first), "Cookie: limpet", "cookie: " + second);
      assertStays(proxy, "a", "Cookie: " + first + "; " + second);
      assertStays(proxy, "b", "Cookie: " + second, "Cookie: " + first);
    }
  }

  @Test
  void aClientWithNothingButGarbageGetsOneCookie() {
    try (ProxyFixture proxy = proxy("by = [ cookie ]")) {
      String forged = forged(cookieOf(proxy.get("/")));
      String response = proxy.get("/", "Cookie: limpet=garbage; " + forged, "Cookie: " + forged);
      assertThat(response.split("Set-Cookie: limpet=", -1)).hasSize(2);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Cookie: connect.sid=old; connect.sid=one",
        "Cookie: connect.sid=one; connect.sid=old",
        "Cookie: connect.sid=old|Cookie: connect.sid=one",
        "Cookie: x=1|Cookie: connect.sid=\"one\"",
        "Cookie: connect.sid=; connect.sid=\"old\"; y=1|Cookie: z=2; connect.sid=\"one\"",
      })
  void ofSeveralLearnedCookiesTheOneThatTheTableKnowsCounts(String lines) {
    try (ProxyFixture proxy = proxy("by = [ learn ]")) {
      assertThat(proxy.get("/")).endsWith("a");
      b.line("Set-Cookie: connect.sid=one; Path=/app");
      assertThat(proxy.get("/")).endsWith("b");
      b.line("X-Nothing: new");
      assertStays(proxy, "b", lines.split("\\|"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Cookie: connect.sid=\"one\"", "Cookie: connect.sid=one"})
  void aQuotedCookieIsLearned(String line) {
    try (ProxyFixture proxy = proxy("by = [ learn ]")) {
      assertThat(proxy.get("/")).endsWith("a");
      b.line("Set-Cookie: connect.sid=\"one\"; Path=/");
      assertThat(proxy.get("/")).endsWith("b");
      b.line("X-Nothing: new");
      assertStays(proxy, "b", line);
    }
  }

  /** Another node has learned it, and this one asks. */
  @Test
  void aMajorityIsAskedForEachOfThem() {
    try (ProxyFixture proxy = proxy("by = [ learn ]")) {
      proxy
          .cluster()
          .sessions()
          .placedElsewhere(new SessionKeys("app", "learn", "connect.sid").of("one"), b.hash());
      assertThat(proxy.get("/", "Cookie: connect.sid=old; connect.sid=one")).endsWith("b");
      assertThat(proxy.cluster().sessions().calls()).containsExactly("ask", "ask");
    }
  }

  @Test
  void ofSeveralThatNobodyKnowsTheFirstIsBound() {
    try (ProxyFixture proxy = proxy("by = [ learn ], learn-unknown = on")) {
      String many = "Cookie: connect.sid=first" + "; connect.sid=x".repeat(200);
      assertThat(proxy.get("/", many)).startsWith("HTTP/1.1 200 ");
      assertThat(proxy.cluster().sessions().known())
          .containsOnlyKeys(new SessionKeys("app", "learn", "connect.sid").of("first"));
      assertThat(proxy.cluster().sessions().calls()).hasSizeLessThan(20);
    }
  }

  @Test
  void aRouteIsFoundInTheSecondCookie() {
    try (ProxyFixture proxy = proxy("by = [ route ], route.cookies = [ J ]")) {
      assertStays(proxy, "b", "Cookie: J=1.gone", "Cookie: J=" + b.id());
      assertStays(proxy, "a", "Cookie: J=1.gone; J=" + a.id());
    }
  }

  @Test
  void requestsAreHashedByTheirCookieWhereverItStands() {
    try (ProxyFixture proxy =
        new ProxyFixture(
            "limpet.upstreams.app { affinity.by = [], balance { hash = \"cookie:u\" } }",
            a.port(),
            b.port())) {
      for (String user : List.of("ada", "bob", "cyd", "dan", "eve")) {
        char server = serverOf(proxy.get("/", "Cookie: u=" + user));
        for (int i = 0; i < 3; i++) {
          assertThat(serverOf(proxy.get("/", "Cookie: x=1", "Cookie: u=" + user)))
              .isEqualTo(server);
        }
      }
    }
  }
}
