package dev.limpet.proxy.message;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.proxy.fixture.Http2Client;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import java.io.IOException;
import java.net.Socket;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every client of these tests connects from 127.0.0.1. */
class ForwardedTest {

  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
  private static final String TRUSTED =
      "test.listener.trusted-proxies = [ \"127.0.0.1\", \"10.0.0.0/8\", \"2001:db8:1::/48\" ]\n";
  private static final String BOTH =
      "limpet.upstreams.app.forwarded = [ x-forwarded, forwarded ]\n";
  private static final String FORWARDED = "limpet.upstreams.app.forwarded = [ forwarded ]\n";

  @Test
  void whatAClientSaysOfItselfIsReplaced() throws InterruptedException {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(origin.port())) {
      String response =
          proxy.get(
              "/",
              "X-Forwarded-For: 192.0.2.9",
              "x-forwarded-for: 192.0.2.10",
              "X-Forwarded-Proto: https",
              "X-Forwarded-Host: evil.example",
              "X-Forwarded-Port: 99",
              "X-Forwarded-Prefix: /evil",
              "Forwarded: for=192.0.2.9;proto=https");
      assertThat(response).contains("Set-Cookie: limpet=").doesNotContain("Secure");
      assertThat(origin.nextRequest())
          .contains("\r\nX-Forwarded-For: 127.0.0.1\r\n")
          .contains("\r\nX-Forwarded-Proto: http\r\n")
          .contains("\r\nX-Forwarded-Host: app.example\r\n")
          .doesNotContain("192.0.2", "evil", "X-Forwarded-Port", "Forwarded: for");
    }
  }

  private static final String[] FOREIGN = {
    "X-Real-IP: 192.0.2.9",
    "x_real_ip: 192.0.2.9",
    "X_Forwarded_For: 192.0.2.9",
    "X-Forwarded_Proto: https",
    "X_FORWARDED_HOST: evil.example",
    "X-Original-URL: /evil",
    "X-Rewrite-URL: /evil",
    "Proxy: http://evil.example"
  };

  @Test
  void whatOnlyProxiesSaySayNoClients() throws Exception {
    try (Origin origin = new Origin(ForwardedTest::answerBehindTrailers);
        ProxyFixture proxy = new ProxyFixture(origin.port());
        Http2Client http2 = new Http2Client(proxy)) {
      proxy.get("/", FOREIGN);
      assertThat(origin.nextRequest())
          .contains("\r\nX-Forwarded-For: 127.0.0.1\r\n")
          .doesNotContain("192.0.2", "evil", "https");
      String[] lines =
          Arrays.stream(FOREIGN)
              .flatMap(line -> Arrays.stream(line.toLowerCase(Locale.ROOT).split(": ", 2)))
              .toArray(String[]::new);
      assertThat(http2.response(http2.get("/", lines)).status()).isEqualTo("200");
      assertThat(origin.nextRequest()).doesNotContain("192.0.2", "evil", "https");
      proxy.exchange(
          "POST / HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
              + String.join("\r\n", FOREIGN)
              + "\r\nX-Sum: 1\r\n\r\n");
      origin.nextRequest();
      assertThat(origin.nextRequest())
          .contains("X-Sum: 1")
          .doesNotContain("192.0.2", "evil", "https");
    }
  }

  /** Whatever its case, a line of trailers counts as another request. */
  private static void answerBehindTrailers(Origin self, Socket socket) throws IOException {
    for (String head = self.readRequest(socket); !head.isEmpty(); head = self.readRequest(socket)) {
      if (head.contains("chunked")) {
        self.readRequest(socket);
      }
      self.write(socket, OK);
    }
  }

  @Test
  void trustedProxiesAndAnotherListLetThemPass() throws Exception {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(TRUSTED, origin.port())) {
      proxy.get("/", FOREIGN);
      assertThat(origin.nextRequest())
          .contains("\r\nX-Real-IP: 192.0.2.9\r\n", "\r\nX-Original-URL: /evil\r\n", "\r\nProxy: ")
          .doesNotContain("X_Forwarded_For", "X_FORWARDED_HOST", "X-Forwarded_Proto");
    }
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy =
            new ProxyFixture(
                "test.listener.untrusted-headers = [ True-Client-IP ]", origin.port())) {
      proxy.get("/", "true-client-ip: 192.0.2.9", "X-Real-IP: 192.0.2.7");
      assertThat(origin.nextRequest())
          .contains("\r\nX-Real-IP: 192.0.2.7\r\n")
          .doesNotContain("192.0.2.9");
    }
  }

  @Test
  void aTrustedProxyIsBelieved() throws InterruptedException {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(TRUSTED, origin.port())) {
      String response =
          proxy.get(
              "/",
              "X-Forwarded-For: 192.0.2.9",
              "X-Forwarded-For: 10.1.1.1",
              "X-Forwarded-Proto: https",
              "X-Forwarded-Host: shop.example",
              "X-Forwarded-Port: 443");
      assertThat(response).containsPattern("Set-Cookie: limpet=[^\r]*; Secure");
      assertThat(origin.nextRequest())
          .contains("\r\nX-Forwarded-For: 192.0.2.9, 10.1.1.1, 127.0.0.1\r\n")
          .contains("\r\nX-Forwarded-Proto: https\r\n")
          .contains("\r\nX-Forwarded-Host: shop.example\r\n")
          .contains("\r\nX-Forwarded-Port: 443\r\n")
          .doesNotContain("\r\nForwarded:");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "https, https",
    "HTTPS, https",
    "wss, https",
    "'http, https', https",
    "'https, http', http",
    "ws, http",
    "gopher, http",
    "'', http"
  })
  void theSchemeIsTheLastOneThatATrustedProxyNames(String named, String scheme)
      throws InterruptedException {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(TRUSTED, origin.port())) {
      proxy.get("/", "X-Forwarded-Proto: " + named);
      assertThat(origin.nextRequest()).contains("\r\nX-Forwarded-Proto: " + scheme + "\r\n");
    }
  }

  @Test
  void aRedirectKeepsTheSchemeOfTheClient() {
    String redirect =
        "limpet.hosts = [ { routes = [ { path = \"/\", redirect { to = \"{scheme}://{host}/new\" } } ] } ]\n";
    try (ProxyFixture proxy = new ProxyFixture(TRUSTED + redirect, 1)) {
      assertThat(proxy.get("/", "X-Forwarded-Proto: https"))
          .contains("\r\nLocation: https://app.example/new\r\n");
      assertThat(proxy.get("/")).contains("\r\nLocation: http://app.example/new\r\n");
    }
  }

  @Test
  void forwardedIsWrittenAsRfc7239WantsIt() throws InterruptedException {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(FORWARDED, origin.port())) {
      proxy.get("/", "X-Forwarded-For: 192.0.2.9", "Forwarded: for=192.0.2.9");
      assertThat(origin.nextRequest())
          .contains("\r\nForwarded: for=127.0.0.1;host=app.example;proto=http\r\n")
          .doesNotContain("X-Forwarded", "192.0.2.9");
    }
  }

  @Test
  void aTrustedProxysForwardedIsAppendedTo() throws InterruptedException {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(TRUSTED + BOTH, origin.port())) {
      proxy.get("/", "Forwarded: for=\"[2001:db8::7]:80\";by=_lb", "X-Forwarded-For: 2001:db8::7");
      assertThat(origin.nextRequest())
          .contains("\r\nX-Forwarded-For: 2001:db8::7, 127.0.0.1\r\n")
          .contains(
              "\r\nForwarded: for=\"[2001:db8::7]:80\";by=_lb,"
                  + " for=127.0.0.1;host=app.example;proto=http\r\n");
    }
  }

  @Test
  void aProxyThatKnowsXForwardedForOnlyIsTranslated() throws InterruptedException {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(TRUSTED + FORWARDED, origin.port())) {
      proxy.get(
          "/",
          "X-Forwarded-For: 2001:db8:0:0::7, unknown, 10.1.1.1:9",
          "X-Forwarded-Proto: https",
          "X-Forwarded-Host: shop.example:8443");
      assertThat(origin.nextRequest())
          .contains(
              "\r\nForwarded: for=\"[2001:db8::7]\";host=\"shop.example:8443\";proto=https,"
                  + " for=unknown, for=10.1.1.1, for=127.0.0.1;host=app.example;proto=http\r\n")
          .doesNotContain("X-Forwarded");
    }
  }

  @Test
  void aListThatIsEmptySaysNothing() throws InterruptedException {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy =
            new ProxyFixture("limpet.upstreams.app.forwarded = []\n", origin.port())) {
      proxy.get("/", "X-Forwarded-For: 192.0.2.9", "Forwarded: for=192.0.2.9");
      assertThat(origin.nextRequest()).doesNotContainIgnoringCase("forwarded");
    }
  }

  @Test
  void aHostCannotAddToForwarded() throws InterruptedException {
    String anyHost = "limpet.hosts = [ { routes = [ { path = \"/\", upstream = app } ] } ]\n";
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(TRUSTED + FORWARDED + anyHost, origin.port())) {
      proxy.exchange(
          "GET / HTTP/1.1\r\nHost: app.example;by=x\r\nConnection: close\r\n"
              + "X-Forwarded-For: 192.0.2.9\r\nX-Forwarded-Host: a\\\";by=y\r\n\r\n");
      assertThat(origin.nextRequest())
          .contains(
              "\r\nForwarded: for=192.0.2.9;host=\"a\\\\\\\";by=y\","
                  + " for=127.0.0.1;host=\"app.example;by=x\";proto=http\r\n");
    }
  }
}
