package dev.limpet.proxy.routes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.proxy.fixture.Http2Client;
import dev.limpet.proxy.fixture.NamedOrigin;
import dev.limpet.proxy.fixture.ProxyFixture;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whatever bytes a client puts into its request, what Limpet makes of them can be said. */
class HostileTargetsTest {

  private static final String ROUTES =
      """
      test.listener { http2 = on, trusted-proxies = [ "127.0.0.1" ] }
      limpet.hosts = [
        { names = [ "*" ]
          response-headers.set { X-Uri = "{uri}", X-Host = "{host}", X-Address = "{address}" }
          routes = [
            { path = "/to", redirect { to = "{scheme}://{host}{uri}" } }
            { path = "~ ^/group/(.*)", redirect { to = "/{1}{query}" } }
            { path = "/said", respond { body = said } }
            { path = "/", upstream = app, request-headers.set { X-Uri = "{uri}" } }
          ] }
      ]
      """;

  @Test
  void areAnswered() throws IOException {
    try (NamedOrigin server = new NamedOrigin("a");
        ProxyFixture proxy = new ProxyFixture(ROUTES, server.port())) {
      for (String path : List.of("/to", "/group/", "/said", "/")) {
        for (String bytes : hostile()) {
          for (String target : List.of(path + "?q=" + bytes, path + bytes)) {
            assertThat(proxy.exchange(request(target))).as(target).satisfies(this::isAnswer);
          }
        }
        try (Http2Client client = new Http2Client(proxy)) {
          for (String bytes : hostile()) {
            DefaultHttp2Headers head = new DefaultHttp2Headers(false);
            head.method("GET").scheme("http").authority("a").path(path + "?q=" + bytes);
            int stream = client.nextStream();
            client.headers(stream, Http2Client.END_STREAM, head);
            assertThat(client.response(stream).status()).as(path + bytes).matches("200|30.|4..");
          }
        }
      }
      assertThat(proxy.proxy().loops().faults()).isZero();
    }
  }

  @Test
  void redirectKeepsWhatItMeans() {
    try (ProxyFixture proxy = new ProxyFixture(ROUTES, 1)) {
      assertThat(proxy.get("/to?q=%zz")).contains("\r\nLocation: http://app.example/to?q=%zz\r\n");
      assertThat(proxy.get("/to/" + utf8("é\u010a") + utf8("?ü")))
          .startsWith("HTTP/1.1 302 ")
          .contains("\r\nLocation: http://app.example/to/%C3%A9%C4%8A?%C3%BC\r\n");
      assertThat(proxy.get("/said/" + utf8("\u010d\u010aX-Injected: 1").replace(" ", "")))
          .doesNotContain("\nX-Injected");
    }
  }

  private void isAnswer(String response) {
    assertThat(response).matches("(?s)HTTP/1\\.1 (200|30.|4..) .*");
  }

  private static String request(String target) {
    return "GET "
        + target
        + " HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: "
        + target.substring(target.length() - 1)
        + "\r\nX-Forwarded-Proto: "
        + target.substring(target.length() - 1)
        + "\r\nCookie: limpet=\u00e9\u00ff\r\nConnection: close\r\n\r\n";
  }

  private static List<String> hostile() {
    List<String> all = new ArrayList<>();
    for (int c = 0x21; c <= 0xff; c += c < 0x7f ? 1 : 13) {
      all.add(Character.toString(c));
    }
    all.addAll(
        List.of("%", "%zz", "%0d%0aX:1", "%00", "%ff", "%c4%8a", "{1}", "[::1]", "//x", "\\\\x"));
    for (String text : List.of("é", "\u010d\u010aX:1", "\u2028", "\ud83d\ude00", "\u0130")) {
      all.add(utf8(text));
    }
    return all;
  }

  /** One char for each byte. */
  private static String utf8(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }
}
