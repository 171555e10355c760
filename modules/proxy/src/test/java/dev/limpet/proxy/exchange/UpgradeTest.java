package dev.limpet.proxy.exchange;

import static dev.limpet.testkit.RawText.readUntil;
import static dev.limpet.testkit.RawText.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.proxy.fixture.Heap;
import dev.limpet.proxy.fixture.Http2Client;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of connections that change their protocol, with raw bytes on both ends. */
class UpgradeTest {

  private static final String REQUEST =
      "GET / HTTP/1.1\r\nHost: app.example\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n";

  private static final String AGREED =
      "HTTP/1.1 101 Why Not\r\nconnection: Upgrade\r\nUpgrade: echo\r\n"
          + "Sec-WebSocket-Extensions: x; y=1\r\n\r\n";

  /** Says what it is told behind the 101, then whatever it hears. */
  private static Origin echo(String first) {
    return new Origin(
        (self, socket) -> {
          self.readRequest(socket);
          self.write(socket, AGREED + first);
          socket.getInputStream().transferTo(socket.getOutputStream());
        });
  }

  @Test
  void theAgreementGoesThroughAsTheServerWroteItWithTheSessionsCookie() throws IOException {
    try (Origin origin = echo("first:");
        ProxyFixture proxy = new ProxyFixture(origin.port());
        Socket socket = proxy.connect()) {
      write(socket, REQUEST);
      assertThat(readUntil(socket, "first:"))
          .startsWith(AGREED.substring(0, AGREED.length() - 2) + "Set-Cookie: limpet=");
      write(socket, "over the tunnel.");
      assertThat(readUntil(socket, ".")).isEqualTo("over the tunnel.");
      socket.shutdownOutput();
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void anAgreementThatRevealsASessionWaitsForTheTable() throws IOException {
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  self.write(
                      socket,
                      AGREED.replace("\r\n\r\n", "\r\nSet-Cookie: connect.sid=one\r\n\r\n")
                          + "first:");
                });
        ProxyFixture proxy =
            new ProxyFixture("limpet.upstreams.app.affinity.by = [ learn ]", origin.port());
        Socket socket = proxy.connect()) {
      CompletableFuture<?> gate = proxy.cluster().sessions().slow("bind");
      write(socket, REQUEST);
      await().until(() -> proxy.cluster().sessions().calls().contains("bind"));
      assertThat(socket.getInputStream().available()).isZero();
      gate.complete(null);
      assertThat(readUntil(socket, "first:")).contains("connect.sid=one");
    }
  }

  @Test
  void aClientThatLeavesBeforeTheTableAnswersLeavesNoTunnel() throws Exception {
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  self.write(
                      socket,
                      AGREED.replace("\r\n\r\n", "\r\nSet-Cookie: connect.sid=one\r\n\r\n"));
                  int end = socket.getInputStream().read();
                  assertThat(end).isEqualTo(-1);
                });
        ProxyFixture proxy =
            new ProxyFixture("limpet.upstreams.app.affinity.by = [ learn ]", origin.port());
        Socket socket = proxy.connect()) {
      CompletableFuture<?> gate = proxy.cluster().sessions().slow("bind");
      write(socket, REQUEST);
      await().until(() -> proxy.cluster().sessions().calls().contains("bind"));
      socket.setSoLinger(true, 0);
      socket.close();
      await().until(() -> proxy.proxy().traffic().connections() == 0);
      gate.complete(null);
      await()
          .untilAsserted(
              () -> assertThat(proxy.proxy().traffic().activeRequests().values()).containsOnly(0));
    }
  }

  /** Several times, for whether the request comes in one read is up to the kernel. */
  @RepeatedTest(5)
  void bytesThatAClientSendsAheadOfTheAgreementAreNotLost() throws IOException {
    try (Origin origin = echo("");
        ProxyFixture proxy = new ProxyFixture(origin.port());
        Socket socket = proxy.connect()) {
      write(socket, REQUEST + "too ");
      write(socket, "early.");
      assertThat(readUntil(socket, "early.")).endsWith("\r\n\r\ntoo early.");
    }
  }

  @Test
  void aSideThatHasSaidAllStillHearsTheOther() throws IOException {
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  self.write(socket, AGREED);
                  String all =
                      new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
                  self.write(socket, "heard " + all);
                });
        ProxyFixture proxy = new ProxyFixture(origin.port());
        Socket socket = proxy.connect()) {
      write(socket, REQUEST);
      readUntil(socket, "\r\n\r\n");
      write(socket, "everything");
      socket.shutdownOutput();
      assertThat(readUntil(socket, "everything")).isEqualTo("heard everything");
    }
  }

  @Test
  void whoeverDoesNotReadHoldsTheOtherSideBack() throws Exception {
    CompletableFuture<Long> written = new CompletableFuture<>();
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  self.write(socket, AGREED);
                  byte[] block = new byte[64 * 1024];
                  long sum = 0;
                  try {
                    while (sum < 1L << 30) {
                      socket.getOutputStream().write(block);
                      sum += block.length;
                    }
                  } finally {
                    written.complete(sum);
                  }
                });
        ProxyFixture proxy =
            new ProxyFixture("limpet.upstreams.app.timeouts.tunnel = 1s", origin.port());
        Socket socket = proxy.connect()) {
      write(socket, REQUEST);
      readUntil(socket, "\r\n\r\n");
      assertThat(written.get(60, TimeUnit.SECONDS))
          .as("what the kernel's buffers hold until the tunnel is cut as idle")
          .isLessThan(64 << 20);
    }
  }

  @Test
  void aTunnelWithoutABytePassesItsLimitAndTheServerIsFreeAgain() throws IOException {
    try (Origin origin = echo("");
        ProxyFixture proxy =
            new ProxyFixture("limpet.upstreams.app.timeouts.tunnel = 1s", origin.port());
        Socket socket = proxy.connect()) {
      write(socket, REQUEST);
      readUntil(socket, "\r\n\r\n");
      assertThat(activeRequests(proxy)).isEqualTo(1);
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
      await().until(() -> activeRequests(proxy) == 0);
    }
  }

  /** While it is idle it costs two channels, and nothing of HTTP. */
  @Test
  void aTunnelKeepsNoStreamInMemory() throws Exception {
    List<Socket> sockets = new ArrayList<>();
    try (Origin origin = echo("");
        ProxyFixture proxy = new ProxyFixture(origin.port())) {
      for (int i = 0; i < 50; i++) {
        Socket socket = proxy.connect();
        sockets.add(socket);
        write(socket, REQUEST);
        readUntil(socket, "\r\n\r\n");
      }
      assertThat(activeRequests(proxy)).isEqualTo(50);
      await()
          .untilAsserted(
              () ->
                  assertThat(Heap.instances("akka.stream.impl.fusing.GraphInterpreter"))
                      .isLessThan(25));
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  @Test
  void aServerThatDiesEndsItsTunnels() throws IOException {
    try (Origin origin = echo("");
        ProxyFixture proxy = new ProxyFixture(origin.port());
        Socket socket = proxy.connect()) {
      write(socket, REQUEST);
      readUntil(socket, "\r\n\r\n");
      origin.close();
      assertThat(endOf(socket)).isEqualTo(-1);
    }
  }

  /** The client leaves in the instant in which the server agrees. */
  @RepeatedTest(20)
  void aClientThatLeavesAtOnceLeavesNothingBehind() throws Exception {
    CompletableFuture<Integer> serverSaw = new CompletableFuture<>();
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  self.write(socket, AGREED);
                  serverSaw.complete(endOf(socket));
                });
        ProxyFixture proxy = new ProxyFixture(origin.port())) {
      Socket socket = proxy.connect();
      socket.setSoLinger(true, 0);
      write(socket, REQUEST);
      origin.nextRequest();
      socket.close();
      assertThat(serverSaw.get(60, TimeUnit.SECONDS)).isEqualTo(-1);
      await().until(() -> activeRequests(proxy) == 0);
    }
  }

  /**
   * However the server's system cuts what it sends: the codec may see more than the head, or not.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 5",
        "Content-Length: 0",
        "Content-Length: 100000",
        "Transfer-Encoding: chunked",
        "Transfer-Encoding: gzip",
        "Upgrade: websocket",
        "Upgrade: WebSocket|Sec-WebSocket-Location: ws://app.example/",
        "Upgrade: websocket|Content-Length: 3",
        "Upgrade: websocket|Transfer-Encoding: chunked",
        "Upgrade: HTTP/1.1",
        "Sec-WebSocket-Accept: x",
        "X-Nothing: special",
      })
  void bytesBehindAnAgreementPassWhateverItsHeadSays(String lines) throws IOException {
    String head =
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
            + lines.replace("|", "\r\n")
            + "\r\n\r\n";
    String first = "5\r\nhello\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n" + "x".repeat(100) + "first:";
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  self.write(socket, head + first);
                  socket.getInputStream().transferTo(socket.getOutputStream());
                });
        ProxyFixture proxy = new ProxyFixture(origin.port());
        Socket socket = proxy.connect()) {
      write(socket, REQUEST);
      String answer = readUntil(socket, "first:");
      assertThat(answer).startsWith("HTTP/1.1 101 ").endsWith("\r\n\r\n" + first);
      assertThat(answer.substring(0, answer.indexOf("\r\n\r\n")))
          .doesNotContainIgnoringCase("content-length", "transfer-encoding");
      write(socket, "over the tunnel.");
      assertThat(readUntil(socket, ".")).isEqualTo("over the tunnel.");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '>',
      nullValues = "none",
      value = {
        "Upgrade: h2c > none",
        "Upgrade: H2C > none",
        "Upgrade: h2c, websocket > websocket",
        "Upgrade: websocket, h2c > websocket",
        "Upgrade: websocket,h2,\tHTTP/2.0 , echo/2 > websocket, echo/2",
        "Upgrade: h2|Upgrade: websocket|upgrade: h2c > websocket",
        "Upgrade: HTTP/2.0 > none",
        "Upgrade: http/2 > none",
        "Upgrade: HTTP/1.1 > none",
        "Upgrade: h2c-14, h2-16 > none",
        "Upgrade: TLS/1.0, HTTP/1.1 > none",
        "Upgrade: , > none",
        "Upgrade: WebSocket > WebSocket",
        "Upgrade: h2ws > h2ws",
      })
  void offersOfOtherHttpEndHere(String lines, String left) throws Exception {
    try (Origin origin = Origin.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        ProxyFixture proxy = new ProxyFixture(origin.port());
        Socket socket = proxy.connect()) {
      write(
          socket,
          "GET / HTTP/1.1\r\nHost: app.example\r\nConnection: Upgrade, HTTP2-Settings\r\n"
              + lines.replace("|", "\r\n")
              + "\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n");
      readUntil(socket, "ok");
      String request = origin.nextRequest();
      assertThat(request).doesNotContainIgnoringCase("http2-settings");
      if (left == null) {
        assertThat(request).doesNotContainIgnoringCase("upgrade");
      } else {
        assertThat(request)
            .containsOnlyOnce("\r\nconnection: Upgrade\r\nupgrade: " + left + "\r\n")
            .doesNotContain("Upgrade:");
      }
    }
  }

  @Test
  void http10HasNoUpgrades() throws Exception {
    try (Origin origin = echo("first:");
        ProxyFixture proxy = new ProxyFixture(origin.port())) {
      String answer = proxy.exchange(REQUEST.replace("HTTP/1.1", "HTTP/1.0"));
      assertThat(origin.nextRequest()).doesNotContainIgnoringCase("upgrade");
      assertThat(answer).as("the server has agreed to what nobody asked for").contains(" 502 ");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 4\r\n\r\nwhy?",
        "Transfer-Encoding: chunked\r\n\r\n4\r\nwhy?\r\n0\r\n\r\n"
      })
  void aRefusalForWantOfAnUpgradeSaysWhichOneItWants(String rest) throws IOException {
    String refusal =
        "HTTP/1.1 426 Upgrade Required\r\nUpgrade: HTTP/3.0, websocket\r\nConnection: Upgrade\r\n";
    try (Origin origin = Origin.answering(refusal + rest);
        ProxyFixture proxy = new ProxyFixture(origin.port());
        Http2Client http2 = new Http2Client(proxy)) {
      for (String line : new String[] {"Connection: close", "Connection: keep-alive"}) {
        try (Socket socket = proxy.connect()) {
          write(socket, "GET / HTTP/1.1\r\nHost: app.example\r\n" + line + "\r\n\r\n");
          assertThat(readUntil(socket, "why?"))
              .startsWith("HTTP/1.1 426 Upgrade Required\r\n")
              .containsOnlyOnce("\r\nUpgrade: HTTP/3.0, websocket\r\n")
              .containsOnlyOnce("\r\nConnection: upgrade\r\n");
        }
      }
      Http2Client.Response response = http2.response(http2.get("/"));
      assertThat(response.status()).isEqualTo("426");
      assertThat(response.header("upgrade") + response.header("connection")).isEmpty();
    }
    try (Origin origin = Origin.answering(refusal.replace("426", "400") + rest);
        ProxyFixture proxy = new ProxyFixture(origin.port())) {
      assertThat(proxy.get("/"))
          .as("other responses end their hop")
          .doesNotContain("Upgrade: HTTP");
    }
  }

  private static int activeRequests(ProxyFixture proxy) {
    return proxy.proxy().traffic().activeRequests().values().stream()
        .mapToInt(Integer::intValue)
        .sum();
  }

  /** -1 also where the end is a reset. */
  private static int endOf(Socket socket) throws IOException {
    try {
      return socket.getInputStream().read();
    } catch (SocketException reset) {
      return -1;
    }
  }
}
