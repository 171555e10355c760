package dev.limpet.proxy.exactness;

import static dev.limpet.testkit.RawText.readUntil;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What takes more than one message each way, and what Akka HTTP leaves its mark on. */
class ExactHttpTest {

  /** Nothing here is about deadlines. */
  private static final String PATIENT =
      """
      test.listener.timeouts.keep-alive = 5m
      limpet.upstreams.app.timeouts.first-byte = 30s
      """;

  private static final String EXPECTING =
      "POST /upload HTTP/1.1\r\nHost: app.example\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n";

  @Test
  void theServerDecidesWhenAClientGoesOn() throws IOException {
    AtomicBoolean consents = new AtomicBoolean();
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  String head = readUntil(socket, "\r\n\r\n");
                  assertThat(head).contains("\r\nExpect: 100-continue\r\n");
                  consents.set(true);
                  self.write(socket, "HTTP/1.1 100 Continue\r\n\r\n");
                  String body = readUntil(socket, "body");
                  self.write(
                      socket,
                      "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"
                          .formatted(body.length(), body));
                });
        ProxyFixture proxy = new ProxyFixture(PATIENT, origin.port());
        Socket client = proxy.connect()) {
      send(client, EXPECTING);
      assertThat(readUntil(client, "\r\n\r\n")).startsWith("HTTP/1.1 100 Continue\r\n");
      assertThat(consents).isTrue();
      send(client, "body");
      assertThat(readUntil(client, "\r\n\r\n")).startsWith("HTTP/1.1 200 OK\r\n");
      assertThat(readUntil(client, "body")).isEqualTo("body");
    }
  }

  @Test
  void aServerThatDoesNotWantTheBodyIsNotSentIt() throws IOException {
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  readUntil(socket, "\r\n\r\n");
                  self.write(socket, "HTTP/1.1 401 Who are you\r\nContent-Length: 2\r\n\r\nno");
                  assertThat(socket.getInputStream().read()).isEqualTo(-1);
                });
        ProxyFixture proxy = new ProxyFixture(PATIENT, origin.port());
        Socket client = proxy.connect()) {
      send(client, EXPECTING);
      assertThat(readToEnd(client))
          .startsWith("HTTP/1.1 401 Who are you\r\n")
          .contains("\r\nConnection: close\r\n")
          .endsWith("\r\n\r\nno");
    }
  }

  @Test
  void aServerThatGivesNoConsentGetsTheBodyAfterAWhile() throws IOException {
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  self.write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                });
        ProxyFixture proxy = new ProxyFixture(PATIENT, origin.port());
        Socket client = proxy.connect()) {
      send(client, EXPECTING);
      assertThat(readUntil(client, "\r\n\r\n")).startsWith("HTTP/1.1 100 Continue\r\n");
      send(client, "body");
      assertThat(readUntil(client, "\r\n\r\nok")).startsWith("HTTP/1.1 200 OK\r\n");
    }
  }

  @Test
  void earlyHintsArriveBeforeTheResponse() throws IOException {
    AtomicReference<Socket> server = new AtomicReference<>();
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  server.set(socket);
                  self.write(
                      socket,
                      "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nConnection: X\r\nX: 1\r\n\r\n");
                  self.readRequest(socket);
                });
        ProxyFixture proxy = new ProxyFixture(PATIENT, origin.port());
        Socket client = proxy.connect()) {
      send(client, "GET / HTTP/1.1\r\nHost: app.example\r\n\r\n");
      assertThat(readUntil(client, "\r\n\r\n"))
          .isEqualTo("HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n");
      origin.write(server.get(), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      assertThat(readUntil(client, "\r\n\r\nok")).startsWith("HTTP/1.1 200 OK\r\n");
    }
  }

  @Test
  void anInterimResponseDoesNotGetIntoTheResponseBeforeIt() throws IOException {
    CountDownLatch hinted = new CountDownLatch(1);
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  if (self.readRequest(socket).startsWith("GET /first")) {
                    self.write(
                        socket,
                        "HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n" + "x".repeat(40000));
                    awaitAtMostASecond(hinted);
                    self.write(socket, "x".repeat(50000));
                  } else {
                    self.write(socket, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
                    hinted.countDown();
                    self.write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                  }
                });
        ProxyFixture proxy = new ProxyFixture(PATIENT, origin.port());
        Socket client = proxy.connect()) {
      send(
          client,
          "GET /first HTTP/1.1\r\nHost: app.example\r\n\r\nGET /second HTTP/1.1\r\nHost: app.example\r\n\r\n");
      readUntil(client, "\r\n\r\n");
      assertThat(new String(client.getInputStream().readNBytes(90_000), ISO_8859_1))
          .matches("x{90000}");
      assertThat(readUntil(client, "\r\n\r\nok")).startsWith("HTTP/1.1 ");
    }
  }

  private static void awaitAtMostASecond(CountDownLatch latch) {
    try {
      assertThat(latch.await(1, TimeUnit.SECONDS)).isIn(true, false);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void anHttp10ClientHearsNothingButTheResponse() {
    try (Origin origin =
            Origin.answering(
                "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
                    + "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-T: 1\r\n\r\n");
        ProxyFixture proxy = new ProxyFixture(PATIENT, origin.port())) {
      assertThat(proxy.exchange("GET / HTTP/1.0\r\nHost: app.example\r\n\r\n"))
          .startsWith("HTTP/1.1 200 OK\r\n")
          .doesNotContain("chunked")
          .endsWith("\r\n\r\nok");
    }
  }

  @Test
  void anHttp10ClientMayKeepItsConnection() throws IOException {
    try (Origin origin = Origin.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        ProxyFixture proxy = new ProxyFixture(PATIENT, origin.port());
        Socket client = proxy.connect()) {
      String request = "GET / HTTP/1.0\r\nHost: app.example\r\nConnection: keep-alive\r\n\r\n";
      send(client, request);
      assertThat(readUntil(client, "\r\n\r\nok"))
          .containsIgnoringCase("\r\nConnection: keep-alive\r\n");
      send(client, request);
      assertThat(readUntil(client, "\r\n\r\nok")).startsWith("HTTP/1.1 200 OK\r\n");
    }
  }

  @Test
  void anAnswerBeforeTheEndOfTheRequestArrives() throws IOException {
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  readUntil(socket, "\r\n\r\n");
                  self.write(
                      socket,
                      "HTTP/1.1 413 Enough\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig");
                  socket.getInputStream().transferTo(OutputStream.nullOutputStream());
                });
        ProxyFixture proxy = new ProxyFixture(PATIENT, origin.port());
        Socket client = proxy.connect()) {
      send(
          client,
          "POST / HTTP/1.1\r\nHost: app.example\r\nContent-Length: 99999\r\n\r\n"
              + "x".repeat(5000));
      assertThat(readToEnd(client)).startsWith("HTTP/1.1 413 Enough\r\n").endsWith("\r\n\r\nbig");
    }
  }

  @Test
  void aClientThatGoesAwayFreesTheServerAtOnce() throws IOException {
    AtomicBoolean asked = new AtomicBoolean();
    AtomicBoolean freed = new AtomicBoolean();
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  asked.set(true);
                  try {
                    socket.getInputStream().read();
                  } finally {
                    freed.set(true);
                  }
                });
        ProxyFixture proxy = new ProxyFixture(PATIENT, origin.port())) {
      Socket client = proxy.connect();
      send(client, "GET / HTTP/1.1\r\nHost: app.example\r\n\r\n");
      await().untilTrue(asked);
      client.setSoLinger(true, 0);
      client.close();
      await().untilTrue(freed);
    }
  }

  @Test
  void aBrokenChunkIsTheClientsFaultAndFreesTheServer() throws IOException {
    AtomicBoolean asked = new AtomicBoolean();
    AtomicBoolean freed = new AtomicBoolean();
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  try {
                    asked.set(socket.getInputStream().read() >= 0);
                    socket.getInputStream().transferTo(OutputStream.nullOutputStream());
                  } finally {
                    freed.set(true);
                  }
                });
        ProxyFixture proxy = new ProxyFixture(PATIENT, origin.port());
        Socket client = proxy.connect()) {
      send(
          client,
          "POST / HTTP/1.1\r\nHost: app.example\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
      await().untilTrue(asked);
      send(client, "zz\r\n");
      assertThat(readToEnd(client)).startsWith("HTTP/1.1 400 ");
      await().untilTrue(freed);
    }
  }

  /** The list in docs/internals.md, "What Akka HTTP changes". */
  @Test
  void akkaHttpLeavesItsMarkOnFramingAndDate() {
    try (Origin origin =
            Origin.answering(
                "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nX-First: 1\r\ndate: once upon a time\r\nx-LAST: 2\r\n\r\nok");
        ProxyFixture proxy = new ProxyFixture(PATIENT, origin.port())) {
      assertThat(proxy.get("/"))
          .doesNotContain("content-length", "once upon a time")
          .containsSubsequence(
              "\r\nX-First: 1",
              "\r\nx-LAST: 2",
              "\r\nDate: ",
              "\r\nConnection: close",
              "\r\nContent-Length: 2");
    }
    try (Origin origin =
            Origin.answering(
                "HTTP/1.1 200 OK\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\nX-A: 1\r\nContent-Length: 0\r\n\r\n");
        ProxyFixture proxy = new ProxyFixture(PATIENT, origin.port())) {
      assertThat(proxy.get("/")).contains("\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nX-A: 1\r\n");
    }
  }

  private static void send(Socket socket, String bytes) throws IOException {
    socket.getOutputStream().write(bytes.getBytes(ISO_8859_1));
    socket.getOutputStream().flush();
  }

  private static String readToEnd(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
  }
}
