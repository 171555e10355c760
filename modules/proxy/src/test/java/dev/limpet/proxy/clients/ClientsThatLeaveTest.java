package dev.limpet.proxy.clients;

import static dev.limpet.testkit.RawText.readUntil;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.proxy.fixture.HeldOrigin;
import dev.limpet.proxy.fixture.Http2Client;
import dev.limpet.proxy.fixture.LogLines;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.proxy.fixture.TrustingClient;
import dev.limpet.testkit.Origin;
import dev.limpet.testkit.TestCertificate;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client that closes its side has left, and nobody works for it any longer. */
class ClientsThatLeaveTest {

  /** No time limit ends anything here. */
  private static final String PATIENT =
      """
      test.listener.timeouts { keep-alive = 60s, idle = 60s }
      limpet.upstreams.app.timeouts { first-byte = 60s, idle = 60s }
      """;

  private static final String GET = "GET /%s HTTP/1.1\r\nHost: app.example\r\n\r\n";

  /** Well before any time limit. */
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir private Path directory;

  /** Reads a request, says what it is told and no more, and waits for the connection's end. */
  private static final class SilentOrigin implements AutoCloseable {

    private final BlockingQueue<Socket> ended = new LinkedBlockingQueue<>();
    private final Origin origin;

    SilentOrigin(String said) {
      origin =
          new Origin(
              (self, socket) -> {
                self.readRequest(socket);
                self.write(socket, said);
                try {
                  socket.getInputStream().transferTo(OutputStream.nullOutputStream());
                } finally {
                  ended.add(socket);
                }
              });
    }

    void awaitRequest() throws InterruptedException {
      origin.nextRequest();
    }

    void awaitEnd() throws InterruptedException {
      assertThat(ended.poll(SOON.toMillis(), TimeUnit.MILLISECONDS)).as("an end").isNotNull();
    }

    @Override
    public void close() {
      origin.close();
    }
  }

  private Path log() {
    return directory.resolve("access.log");
  }

  private ProxyFixture fixture(String settings, int port) {
    return new ProxyFixture(PATIENT + LogLines.settings(log(), "format = json") + settings, port);
  }

  private void assertGone(ProxyFixture proxy, int lines) {
    assertThat(LogLines.json(log(), lines))
        .containsEntry("status", "499")
        .containsEntry("failure", "CLIENT_GONE");
    await().atMost(SOON).until(() -> active(proxy) == 0);
    await().atMost(SOON).until(() -> proxy.proxy().traffic().connections() == 0);
  }

  private static int active(ProxyFixture proxy) {
    return proxy.proxy().traffic().activeRequests().values().stream().mapToInt(n -> n).sum();
  }

  private static void send(Socket client, String text) throws IOException {
    client.getOutputStream().write(text.getBytes(US_ASCII));
    client.getOutputStream().flush();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\nHost: app.example\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.0\r\nHost: app.example\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: app.example\r\nContent-Length: 2\r\n\r\nhi",
        "GET / HTTP/1.1\r\nHost: app.example\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: app.example\r\n\r\nGET /2 HTTP/1.1\r\nHost: app.example\r\n\r\n",
      })
  void theServersWorkEnds(String request) throws Exception {
    try (SilentOrigin server = new SilentOrigin("");
        ProxyFixture proxy = fixture("", server.origin.port());
        Socket client = proxy.connect()) {
      send(client, request);
      server.awaitRequest();
      client.shutdownOutput();
      server.awaitEnd();
      assertGone(proxy, 1);
      assertThat(client.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void aCloseAlertIsAsGood() throws Exception {
    TestCertificate own = TestCertificate.create(directory, "dns:app.example");
    String tls =
        "test.listener.tls.certificates = [ { certificate = \"%s\", key = \"%s\" } ]\n"
            .formatted(own.chain(), own.key());
    try (SilentOrigin server = new SilentOrigin("");
        ProxyFixture proxy = fixture(tls, server.origin.port());
        SSLSocket client = TrustingClient.connect(proxy, "app.example")) {
      send(client, GET.formatted(""));
      server.awaitRequest();
      client.shutdownOutput();
      server.awaitEnd();
      assertGone(proxy, 1);
    }
  }

  @Test
  void soDoesAPlaceInTheQueue() throws Exception {
    try (HeldOrigin server = new HeldOrigin();
        ProxyFixture proxy = fixture("test.server.max-connections = 1\n", server.port());
        Socket first = proxy.connect();
        Socket second = proxy.connect()) {
      send(first, GET.formatted("first"));
      assertThat(server.next()).isEqualTo("/first");
      send(second, GET.formatted("second"));
      await().until(() -> proxy.upstream().waiting() == 1);
      second.shutdownOutput();
      await().atMost(SOON).until(() -> proxy.upstream().waiting() == 0);
      assertThat(LogLines.json(log(), 1)).containsEntry("status", "499");
      server.answer(2);
      assertThat(readUntil(first, "/first")).startsWith("HTTP/1.1 200 ");
      send(first, GET.formatted("third"));
      assertThat(server.next()).as("the second never came").isEqualTo("/third");
    }
  }

  /** Nobody reads what it sends: its bytes wait in the proxy, and behind them its end. */
  @Test
  void anEndBehindBytesThatNobodyReadsIsSeen() throws Exception {
    try (SilentOrigin server = new SilentOrigin("");
        ProxyFixture proxy = fixture("", server.origin.port());
        Socket client = proxy.connect()) {
      send(client, GET.formatted(""));
      server.awaitRequest();
      send(client, GET.formatted("next").repeat(1000));
      client.shutdownOutput();
      server.awaitEnd();
      assertGone(proxy, 1);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aResetIsSeenWhateverIsSet(boolean halfClose) throws Exception {
    String setting = "test.listener.half-close = " + (halfClose ? "on" : "off") + "\n";
    try (SilentOrigin server = new SilentOrigin("");
        ProxyFixture proxy = fixture(setting, server.origin.port());
        Socket client = proxy.connect()) {
      send(client, GET.formatted(""));
      server.awaitRequest();
      send(client, GET.formatted("next"));
      client.setSoLinger(true, 0);
      client.close();
      server.awaitEnd();
      assertGone(proxy, 1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        "HTTP/1.1 200 OK\r\n\r\nhalf"
      })
  void aResponseThatIsUnderWayEnds(String begun) throws Exception {
    try (SilentOrigin server = new SilentOrigin(begun);
        ProxyFixture proxy = fixture("", server.origin.port());
        Socket client = proxy.connect()) {
      send(client, GET.formatted(""));
      readUntil(client, "half");
      client.shutdownOutput();
      server.awaitEnd();
      assertThat(LogLines.json(log(), 1)).containsEntry("failure", "CLIENT_GONE");
      await().atMost(SOON).until(() -> active(proxy) == 0);
    }
  }

  @Test
  void anUploadThatTheServerDoesNotReadEnds() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    Origin busy =
        new Origin(
            (self, socket) -> {
              readUntil(socket, "\r\n\r\n");
              over.await();
            });
    try (busy;
        ProxyFixture proxy = fixture("limpet.limits.max-body-size = 100000000\n", busy.port());
        Socket client = proxy.connect()) {
      client.setSendBufferSize(16 * 1024);
      send(client, "POST / HTTP/1.1\r\nHost: app.example\r\nContent-Length: 50000000\r\n\r\n");
      Thread writer =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      client.getOutputStream().write(new byte[50_000_000]);
                    } catch (IOException stopped) {
                      // That is what the test does.
                    }
                  });
      await().until(() -> writer.getState() != Thread.State.RUNNABLE && writer.isAlive());
      client.close();
      assertGone(proxy, 1);
      over.countDown();
    }
  }

  @Test
  void whatNeedsNoServerIsAnsweredAllTheSame() throws Exception {
    try (ProxyFixture proxy = fixture("", 1);
        Socket client = proxy.connect()) {
      send(client, GET.formatted("old").repeat(100));
      client.shutdownOutput();
      assertThat(
              new String(client.getInputStream().readAllBytes(), US_ASCII)
                  .split("HTTP/1.1 301 ", -1))
          .hasSize(101);
    }
  }

  @Test
  void aClosedSideMeansNothingIfThatIsSet() throws Exception {
    try (HeldOrigin server = new HeldOrigin();
        ProxyFixture proxy = fixture("test.listener.half-close = on\n", server.port());
        Socket client = proxy.connect()) {
      send(client, GET.formatted("1") + GET.formatted("2"));
      client.shutdownOutput();
      assertThat(server.next()).isEqualTo("/1");
      server.answer(2);
      assertThat(new String(client.getInputStream().readAllBytes(), US_ASCII))
          .startsWith("HTTP/1.1 200 ")
          .contains("\r\n\r\n/1HTTP/1.1 200 ")
          .endsWith("\r\n\r\n/2");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nhalf"})
  void anEndOfHttp2EndsAllItsStreams(String said) throws Exception {
    try (SilentOrigin server = new SilentOrigin(said);
        ProxyFixture proxy = fixture("", server.origin.port());
        Http2Client client = new Http2Client(proxy)) {
      int first = client.get("/1");
      int second = client.get("/2");
      server.awaitRequest();
      server.awaitRequest();
      if (!said.isEmpty()) {
        client.awaitHead(first);
        client.awaitHead(second);
      }
      client.shutdownOutput();
      server.awaitEnd();
      server.awaitEnd();
      assertThat(LogLines.json(log(), 2)).containsEntry("failure", "CLIENT_GONE");
      await().atMost(SOON).until(() -> proxy.proxy().traffic().connections() == 0);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nhalf"})
  void aStreamThatIsResetEndsAlone(String said) throws Exception {
    try (SilentOrigin server = new SilentOrigin(said);
        ProxyFixture proxy = fixture("", server.origin.port());
        Http2Client client = new Http2Client(proxy)) {
      int stream = client.get("/1");
      server.awaitRequest();
      if (!said.isEmpty()) {
        client.awaitHead(stream);
      }
      client.reset(stream);
      server.awaitEnd();
      assertThat(LogLines.json(log(), 1)).containsEntry("failure", "CLIENT_GONE");
      await().atMost(SOON).until(() -> active(proxy) == 0);
      assertThat(proxy.proxy().traffic().connections()).isEqualTo(1);
    }
  }
}
