package dev.limpet.proxy.routes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.proxy.fixture.Http2Client;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A path that passes by a route that guards it must not be the guarded one for the server. */
class PathsTest {

  private static final String ROUTES =
      """
      test.listener.http2 = on
      limpet.hosts = [
        { names = [ app.example ]
          routes = [
            { path = "/secret/", respond { status = 403, body = guarded } }
            { path = "= /admin", respond { status = 403, body = guarded } }
            { path = "/api/", upstream = app, rewrite { prefix = "/api/", to = "/v1/" } }
            { path = "/files/", upstream = app, path-forwarding = as-sent }
            { path = "/", upstream = app }
          ] }
        { names = [ any-case.example ], case-insensitive = on
          routes = [
            { path = "/Secret/", respond { status = 403, body = guarded } }
            { path = "= /admin", respond { status = 403, body = guarded } }
            { path = "~ [.]php$", respond { status = 403, body = guarded } }
            { path = "/api/", upstream = app, rewrite { prefix = "/api/", to = "/v1/" } }
            { path = "/", upstream = app }
          ] }
        { names = [ plain.example ]
          routes = [ { path = "/secret/", upstream = app }, { path = "/", upstream = app } ] }
      ]
      """;

  private static Origin server;
  private static ProxyFixture proxy;

  /** It answers with the target that it was asked for. */
  @BeforeAll
  static void start() {
    server =
        new Origin(
            (self, socket) -> {
              for (String request = self.readRequest(socket);
                  !request.isEmpty();
                  request = self.readRequest(socket)) {
                String target = request.split(" ", 3)[1];
                self.write(
                    socket,
                    "HTTP/1.1 200 OK\r\nContent-Length: " + target.length() + "\r\n\r\n" + target);
              }
            });
    proxy = new ProxyFixture(ROUTES, server.port());
  }

  @AfterAll
  static void stop() {
    proxy.close();
    server.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        "app.example /x/y?a=/../b /x/y?a=/../b",
        "app.example /secret/../x /x",
        "app.example /secret/%2e%2E/x?q=%2F.. /x?q=%2F..",
        "app.example /secret%2f..%2Fx /x",
        "app.example /x/../secret/ 403",
        "app.example /x/..%2fsecret/a 403",
        "app.example /x/%2e%2e/admin 403",
        "app.example //admin 403",
        "app.example /%61dmin 403",
        "app.example //x///y /x/y",
        "app.example /x/./y/. /x/y/",
        "app.example /a%20b%3Bc%5b%C3%A9%ff%3F%23%25 /a%20b%3Bc%5b%C3%A9%ff%3F%23%25",
        "app.example /%7Eme /~me",
        "app.example /%252e%252e/x /%252e%252e/x",
        "app.example /x/..\\admin 400",
        "app.example /x/..%5cadmin 400",
        "app.example /x/..;/admin 400",
        "app.example /x/..;a=b/admin 400",
        "app.example /admin;x 400",
        "app.example /admin%3bx 400",
        "app.example /..;/x 400",
        "app.example /page;jsessionid=1 /page;jsessionid=1",
        "app.example /.. 400",
        "app.example /api/a%20b /v1/a%20b",
        "app.example /api/secret/../x /v1/x",
        "app.example /api/..%2fapi/x /v1/x",
        "app.example /files/a%2Fb/../c /files/a%2Fb/../c",
        "app.example /files/..\\x /files/..\\x",
        "app.example /SECRET/x /SECRET/x",
        "any-case.example /SECRET/x 403",
        "any-case.example /Admin 403",
        "any-case.example /x.PHP 403",
        "any-case.example /API/X /v1/X",
        "any-case.example /OPEN /OPEN",
        "plain.example /secret/../x%2Fy /secret/../x%2Fy",
      })
  void serversSeeWhatRoutesHaveSeen(String host, String target, String expected)
      throws IOException {
    String response =
        proxy.exchange(
            "GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
    if (expected.startsWith("/")) {
      assertThat(response).startsWith("HTTP/1.1 200 ").endsWith("\r\n\r\n" + expected);
    } else {
      assertThat(response).startsWith("HTTP/1.1 " + expected + " ");
    }
    if (host.equals("app.example")) {
      try (Http2Client client = new Http2Client(proxy)) {
        Http2Client.Response same = client.response(client.get(target));
        assertThat(expected.startsWith("/") ? same.text() : same.status()).isEqualTo(expected);
      }
    }
  }

  @Test
  void aRedirectKeepsTheClientsSpelling() {
    try (ProxyFixture redirecting =
        new ProxyFixture(
            "limpet.hosts = [ { routes = [ { path = \"/\", redirect.to = \"https://{host}{uri}\" } ] } ]",
            1)) {
      assertThat(redirecting.get("/a%2Fb/../c;d"))
          .contains("\r\nLocation: https://app.example/a%2Fb/../c;d\r\n");
    }
  }
}
