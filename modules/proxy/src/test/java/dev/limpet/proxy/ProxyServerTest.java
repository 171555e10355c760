package dev.limpet.proxy;

import static dev.limpet.testkit.RawText.readUntil;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import java.io.IOException;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class ProxyServerTest {

  private static final String OK =
      "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nServer: odd/1\r\n"
          + "Content-Type: text/PLAIN;charset=x\r\nX-Bytes: caf\u00e9\r\n"
          + "Content-Length: 5\r\n\r\nhello";

  private static final long KEEP_ALIVE_NANOS = 1_000_000_000L;
  private static final String SHORT_KEEP_ALIVE =
      "test.listener.timeouts { head = 1s, keep-alive = 1s }";

  @Test
  void aResponseArrivesAsTheServerSentIt() {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(origin.port())) {
      assertThat(proxy.get("/"))
          .startsWith("HTTP/1.1 200 OK\r\n")
          .contains("\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n")
          .contains("\r\nServer: odd/1\r\n")
          .contains("\r\nContent-Type: text/PLAIN;charset=x\r\n")
          .contains("\r\nX-Bytes: caf\u00e9\r\n")
          .contains("\r\nContent-Length: 5\r\n")
          .contains("\r\nSet-Cookie: limpet=")
          .endsWith("\r\n\r\nhello")
          .containsOnlyOnce("Date:");
    }
  }

  @Test
  void aRequestKeepsItsTargetAndHeadersAndLosesItsHopByHopHeaders() throws InterruptedException {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(origin.port())) {
      proxy.exchange(
          "GET /a%2Fb//c?q=%7c| HTTP/1.1\r\nHost: app.example\r\nX-Custom: kept\r\n"
              + "X-Forwarded-For: 10.1.1.1\r\nConnection: close, X-Drop\r\nX-Drop: 1\r\n"
              + "Proxy-Connection: keep-alive\r\n\r\n");
      assertThat(origin.nextRequest())
          .startsWith("GET /a%2Fb//c?q=%7c| HTTP/1.1\r\n")
          .contains("\r\nHost: app.example\r\n")
          .contains("\r\nX-Custom: kept\r\n")
          .contains("\r\nX-Forwarded-For: 127.0.0.1\r\n")
          .contains("\r\nX-Forwarded-Proto: http\r\n")
          .contains("\r\nX-Forwarded-Host: app.example\r\n")
          .doesNotContain("X-Drop")
          .doesNotContain("Proxy-Connection");
    }
  }

  @Test
  void aBodyReachesTheServerWithFramingOfOurOwn() throws InterruptedException {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(origin.port())) {
      String response =
          proxy.exchange(
              "POST / HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n"
                  + "Content-Type: application/json\r\nContent-Length: 7\r\n\r\n{\"a\":1}");
      assertThat(response).endsWith("hello");
      assertThat(origin.nextRequest())
          .containsIgnoringCase("\r\ncontent-type: application/json\r\n")
          .containsIgnoringCase("\r\ncontent-length: 7\r\n")
          .endsWith("{\"a\":1}");
    }
  }

  @Test
  void aClientThatClosesItsSideBehindTheRequestHearsTheResponseIfThatIsSet() throws IOException {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture("test.listener.half-close = on", origin.port())) {
      for (int i = 0; i < 20; i++) {
        try (Socket client = proxy.connect()) {
          client
              .getOutputStream()
              .write("GET / HTTP/1.1\r\nHost: app.example\r\n\r\n".getBytes(US_ASCII));
          client.shutdownOutput();
          assertThat(new String(client.getInputStream().readAllBytes(), US_ASCII))
              .startsWith("HTTP/1.1 200 ")
              .endsWith("hello");
        }
      }
    }
  }

  @Test
  void aClientThatSaysNothingMoreIsDisconnected() throws IOException {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(SHORT_KEEP_ALIVE, origin.port())) {
      try (Socket silent = proxy.connect();
          Socket slow = proxy.connect();
          Socket idle = proxy.connect()) {
        slow.getOutputStream().write("GET / HT".getBytes(US_ASCII));
        idle.getOutputStream()
            .write("GET / HTTP/1.1\r\nHost: app.example\r\n\r\n".getBytes(US_ASCII));
        assertThat(new String(idle.getInputStream().readAllBytes(), US_ASCII)).endsWith("hello");
        assertThat(silent.getInputStream().read()).isEqualTo(-1);
        assertThat(slow.getInputStream().readAllBytes()).asString().doesNotContain(" 200 ");
      }
      await().until(() -> proxy.proxy().traffic().connections() == 0);
    }
  }

  /** Longer than the listener's keep-alive, which is for clients that ask for nothing. */
  @Test
  void aSlowBodyAndATunnelOutliveKeepAlive() throws IOException {
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  boolean upgrade = self.readRequest(socket).contains("Upgrade: chat");
                  self.write(
                      socket,
                      upgrade
                          ? "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
                              + "Upgrade: chat\r\n\r\n"
                          : "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
                  long end = System.nanoTime() + 2 * KEEP_ALIVE_NANOS;
                  for (int sent = 0; sent < 100; sent++) {
                    self.write(socket, "x".repeat(1000));
                    if (System.nanoTime() < end) {
                      LockSupport.parkNanos(KEEP_ALIVE_NANOS / 40);
                    }
                  }
                });
        ProxyFixture proxy = new ProxyFixture(SHORT_KEEP_ALIVE, origin.port())) {
      for (String kind : List.of("", "Connection: Upgrade\r\nUpgrade: chat\r\n")) {
        try (Socket client = proxy.connect()) {
          client
              .getOutputStream()
              .write(
                  ("GET / HTTP/1.1\r\nHost: app.example\r\n" + kind + "\r\n").getBytes(US_ASCII));
          readUntil(client, "\r\n\r\n");
          assertThat(client.getInputStream().readNBytes(100_000)).as(kind).hasSize(100_000);
        }
      }
    }
  }

  @Test
  void anUpgradeToHttp2IsNotPassedOn() throws InterruptedException {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(origin.port())) {
      proxy.exchange(
          "GET / HTTP/1.1\r\nHost: app.example\r\nConnection: close, Upgrade, HTTP2-Settings\r\n"
              + "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n");
      assertThat(origin.nextRequest())
          .doesNotContainIgnoringCase("upgrade")
          .doesNotContainIgnoringCase("http2-settings");
    }
  }

  @Test
  void headHasTheLengthOfTheBodyItLeavesOut() {
    try (Origin origin = Origin.answering("HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n");
        ProxyFixture proxy = new ProxyFixture(origin.port())) {
      assertThat(
              proxy.exchange("HEAD / HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n"))
          .contains("\r\nContent-Length: 1234\r\n")
          .endsWith("\r\n\r\n");
    }
  }

  @Test
  void aBodyWithoutLengthIsPassedOnUntilTheServerCloses() {
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  if (!self.readRequest(socket).isEmpty()) {
                    self.write(socket, "HTTP/1.1 200 OK\r\n\r\nto the ");
                    self.write(socket, "end");
                  }
                });
        ProxyFixture proxy = new ProxyFixture(origin.port())) {
      assertThat(
              proxy
                  .get("/")
                  .replaceAll("\r\n[0-9a-f]+\r\n", "\r\n")
                  .replaceAll("(?<=the )\r\n", ""))
          .contains("Transfer-Encoding: chunked")
          .contains("to the")
          .contains("end");
    }
  }

  @Test
  void pipelinedRequestsAreAnsweredInOrder() {
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  String request = self.readRequest(socket);
                  while (!request.isEmpty()) {
                    String path = request.substring(4, 6);
                    self.write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + path);
                    request = self.readRequest(socket);
                  }
                });
        ProxyFixture proxy = new ProxyFixture(origin.port())) {
      String response =
          proxy.exchange(
              "GET /1 HTTP/1.1\r\nHost: app.example\r\n\r\n"
                  + "GET /2 HTTP/1.1\r\nHost: app.example\r\n\r\n"
                  + "GET /3 HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n");
      assertThat(response).containsSubsequence("/1", "/2", "/3");
    }
  }

  @Test
  void aChunkedBodyThatGrowsBeyondTheLimitIsA413() {
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  socket.getInputStream().readAllBytes();
                });
        ProxyFixture proxy = new ProxyFixture(origin.port())) {
      String chunk = "c350\r\n" + "x".repeat(50_000) + "\r\n";
      assertThat(
              proxy.exchange(
                  "POST / HTTP/1.1\r\nHost: app.example\r\nTransfer-Encoding: chunked\r\n\r\n"
                      + chunk.repeat(3)))
          .startsWith("HTTP/1.1 413 ")
          .contains("\r\nConnection: close\r\n");
    }
  }

  @Test
  void whatCannotBeServedHasItsStatus() {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(origin.port())) {
      assertThat(
              proxy.exchange("GET / HTTP/1.1\r\nHost: else.example\r\nConnection: close\r\n\r\n"))
          .startsWith("HTTP/1.1 404 ");
      assertThat(proxy.get("/../etc/passwd")).startsWith("HTTP/1.1 400 ");
      assertThat(proxy.exchange("not HTTP in any way at all\r\n\r\n")).startsWith("HTTP/1.1 400 ");
      assertThat(proxy.get("/" + "a".repeat(3000))).startsWith("HTTP/1.1 414 ");
      assertThat(proxy.get("/", "X-Long: " + "a".repeat(5000))).startsWith("HTTP/1.1 431 ");
      assertThat(
              proxy.exchange(
                  "POST / HTTP/1.1\r\nHost: app.example\r\nContent-Length: 100001\r\n\r\n"))
          .startsWith("HTTP/1.1 413 ");
      assertThat(proxy.get("/old?a=1"))
          .startsWith("HTTP/1.1 301 ")
          .contains("\r\nLocation: /new?a=1\r\n");
      assertThat(origin.unreadRequests()).isZero();
    }
  }
}
