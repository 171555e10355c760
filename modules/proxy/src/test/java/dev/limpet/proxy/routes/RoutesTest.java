package dev.limpet.proxy.routes;

import static dev.limpet.proxy.fixture.Http2Client.END_STREAM;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.proxy.fixture.Http2Client;
import dev.limpet.proxy.fixture.Http2Client.Response;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import java.io.IOException;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What routes look at, what they answer themselves, and what they change of messages. */
class RoutesTest {

  private static final String ANSWER =
      "HTTP/1.1 200 OK\r\nServer: origin\r\nX-Old: 1\r\nSet-Cookie: app=1\r\nContent-Length: 2\r\n\r\nok";

  private final Origin origin = Origin.answering(ANSWER);

  @AfterEach
  void close() {
    origin.close();
  }

  private ProxyFixture proxy(String routes) {
    return new ProxyFixture("limpet.hosts = [ { " + routes + " } ]", origin.port());
  }

  private static String request(String method, String target, String... headerLines) {
    return method
        + " "
        + target
        + " HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n"
        + String.join("\r\n", headerLines)
        + (headerLines.length == 0 ? "" : "\r\n")
        + "\r\n";
  }

  /** On a connection of its own, which would not outlive a pause. */
  private static Response http2(ProxyFixture proxy, String method, String target, String... headers)
      throws IOException {
    try (Http2Client client = new Http2Client(proxy)) {
      return client.response(client.request(END_STREAM, method, target, headers));
    }
  }

  private static String body(String response) {
    return response.substring(response.indexOf("\r\n\r\n") + 4);
  }

  @Test
  void theFirstRouteOfAPathIsTakenWhoseConditionsHold() throws IOException {
    try (ProxyFixture proxy =
        proxy(
            """
                routes = [
                  { path = "/", methods = [ GET ], headers { x-beta = on }, respond { body = beta } }
                  { path = "/", methods = [ GET ], query { debug = "1" }, respond { body = debug } }
                  { path = "/", methods = [ GET, HEAD ], respond { body = all } }
                ]
                """)) {
      assertThat(body(proxy.get("/"))).isEqualTo("all");
      assertThat(body(proxy.get("/", "X-BETA: on"))).isEqualTo("beta");
      assertThat(body(proxy.get("/", "X-Beta: off"))).isEqualTo("all");
      assertThat(body(proxy.get("/x?a&debug=%31"))).isEqualTo("debug");
      assertThat(http2(proxy, "GET", "/", "x-beta", "on").text()).isEqualTo("beta");
      assertThat(http2(proxy, "GET", "/?debug=1").text()).isEqualTo("debug");
      assertThat(http2(proxy, "GET", "/").text()).isEqualTo("all");
    }
  }

  @Test
  void aMethodThatNoRouteTakesIsNamedAsSuch() throws IOException {
    try (ProxyFixture proxy =
        proxy(
            """
                routes = [
                  { path = "/", upstream = app }
                  { path = "/a/", methods = [ GET, HEAD ], upstream = app }
                  { path = "/b/", methods = [ GET ], headers { x-key = present }, upstream = app }
                ]
                """)) {
      String refused = proxy.exchange(request("DELETE", "/a/x"));
      assertThat(refused).startsWith("HTTP/1.1 405 ").contains("\r\nAllow: GET, HEAD\r\n");
      Response same = http2(proxy, "DELETE", "/a/x");
      assertThat(same.status()).isEqualTo("405");
      assertThat(same.header("allow")).isEqualTo("GET, HEAD");
      assertThat(proxy.exchange(request("DELETE", "/b/"))).startsWith("HTTP/1.1 404 ");
      assertThat(proxy.exchange(request("DELETE", "/b/", "X-Key: 1")))
          .startsWith("HTTP/1.1 405 ")
          .contains("\r\nAllow: GET\r\n");
      assertThat(proxy.get("/b/")).startsWith("HTTP/1.1 404 ");
      assertThat(proxy.get("/a/x")).startsWith("HTTP/1.1 200 ");
      assertThat(proxy.exchange(request("DELETE", "/x"))).startsWith("HTTP/1.1 200 ");
    }
  }

  @Test
  void fixedResponsesAreTheSameForAll() throws IOException {
    try (ProxyFixture proxy =
        proxy(
            """
                routes = [
                  { path = "= /json", respond { status = 418, body = "{\\"a\\":\\"é\\"}", content-type = "application/json" } }
                  { path = "= /none", respond { status = 204 } }
                  { path = "= /plain", respond { body = fine } }
                ]
                """)) {
      assertThat(proxy.get("/json"))
          .startsWith("HTTP/1.1 418 ")
          .contains("\r\nContent-Type: application/json\r\n", "\r\nContent-Length: 10\r\n")
          .endsWith("{\"a\":\"\u00c3\u00a9\"}");
      assertThat(proxy.get("/none"))
          .startsWith("HTTP/1.1 204 ")
          .doesNotContain("Content-Type")
          .endsWith("\r\n\r\n");
      assertThat(proxy.exchange(request("HEAD", "/plain")))
          .startsWith("HTTP/1.1 200 ")
          .contains("\r\nContent-Length: 4\r\n", "\r\nContent-Type: text/plain; charset=utf-8\r\n")
          .endsWith("\r\n\r\n");
      Response teapot = http2(proxy, "GET", "/json");
      assertThat(teapot.status()).isEqualTo("418");
      assertThat(teapot.header("content-type")).isEqualTo("application/json");
      assertThat(teapot.body.size()).isEqualTo(10);
      Response head = http2(proxy, "HEAD", "/plain");
      assertThat(head.text()).isEmpty();
    }
  }

  @Test
  void serversAreAskedForTheRewrittenPath() throws Exception {
    try (ProxyFixture proxy =
        proxy(
            """
                routes = [
                  { path = "/api/", upstream = app, rewrite { prefix = "/api/", to = "/" } }
                  { path = "~ (?s)^/shop/([^/]+)/(?<what>.*)$", upstream = app, rewrite { path = "/{what}/of/{1}" } }
                  { path = "~ (?s)^/old/(.*)", redirect { to = "https://{host}/new/{1}{query}" } }
                ]
                """)) {
      assertThat(asked(proxy.get("/api/a%2Fb?x=%20"))).isEqualTo("/a/b?x=%20");
      assertThat(asked(proxy.get("/api/%2e%2e/api/x"))).isEqualTo("/x");
      assertThat(asked(proxy.get("/shop/a%0d%0aX:1/b%3fc?d"))).isEqualTo("/b%3Fc/of/a%0D%0AX:1?d");
      http2(proxy, "GET", "/shop/1/2?3");
      assertThat(asked("HTTP/1.1 200 ")).isEqualTo("/2/of/1?3");
      assertThat(proxy.get("/old/x%0d%0ay?z"))
          .startsWith("HTTP/1.1 302 ")
          .contains("\r\nLocation: https://app.example/new/x%0D%0Ay?z\r\n");
    }
  }

  private String asked(String response) throws InterruptedException {
    assertThat(response).startsWith("HTTP/1.1 200 ");
    return origin.nextRequest().split(" ", 3)[1];
  }

  @Test
  void headersChangeOnTheirWayToTheServer() throws Exception {
    try (ProxyFixture proxy =
        proxy(
            """
                request-headers { set { X-Host = "{host}", X-Route = host }, remove = [ X-Debug ] }
                routes = [
                  { path = "~ (?s)^/(a)(.*)", upstream = app
                    request-headers {
                      set { X-Route = route, Host = "internal.example", X-Rest = "{2}" }
                      add { X-More = "{scheme} {address} {uri}" } } }
                ]
                """)) {
      proxy.get("/a%0d%0aX-Evil:%201?q", "X-Debug: 1", "x-more: mine", "X-Route: forged");
      assertHeaders(origin.nextRequest(), "/a%0d%0aX-Evil:%201?q");
      http2(
          proxy,
          "GET",
          "/a%0d%0aX-Evil:%201?q",
          "x-debug",
          "1",
          "x-more",
          "mine",
          "x-route",
          "forged");
      assertHeaders(origin.nextRequest(), "/a%0d%0aX-Evil:%201?q");
    }
  }

  private static void assertHeaders(String request, String uri) {
    assertThat(request.toLowerCase(Locale.ROOT).split("\r\n"))
        .contains(
            "host: internal.example",
            "x-host: app.example",
            "x-route: route",
            "x-more: mine",
            "x-rest: %0d%0ax-evil:%201",
            "x-more: http 127.0.0.1 " + uri.toLowerCase(Locale.ROOT),
            "x-forwarded-host: app.example")
        .doesNotContain("x-route: host", "x-route: forged", "host: app.example")
        .noneMatch(line -> line.startsWith("x-debug") || line.startsWith("x-evil"));
  }

  @Test
  void headersChangeOnTheirWayToTheClient() throws IOException {
    try (ProxyFixture proxy =
        proxy(
            """
                response-headers { remove = [ Server, Set-Cookie ], set { X-Old = "2" } }
                routes = [
                  { path = "/", upstream = app, response-headers { add { X-Uri = "{uri}" } } }
                  { path = "= /own", respond { body = own }, response-headers { set { content-type = text/html } } }
                  { path = "= /away", redirect { to = "/x" } }
                  { path = "= /get", methods = [ GET ], upstream = app }
                ]
                """)) {
      assertThat(proxy.get("/a?b"))
          .contains("\r\nX-Old: 2\r\n", "\r\nX-Uri: /a?b\r\n", "\r\nSet-Cookie: limpet=")
          .doesNotContain("Server:", "X-Old: 1", "app=1")
          .endsWith("ok");
      Response response = http2(proxy, "GET", "/a?b");
      assertThat(response.header("x-old")).isEqualTo("2");
      assertThat(response.header("x-uri")).isEqualTo("/a?b");
      assertThat(response.header("server")).isEmpty();
      assertThat(proxy.get("/own"))
          .contains("\r\ncontent-type: text/html\r\n", "\r\nX-Old: 2\r\n")
          .doesNotContain("text/plain")
          .endsWith("own");
      assertThat(proxy.get("/away")).contains("\r\nX-Old: 2\r\n", "\r\nLocation: /x\r\n");
      origin.close();
      assertThat(proxy.get("/")).startsWith("HTTP/1.1 503 ").contains("\r\nX-Old: 2\r\n");
    }
  }
}
