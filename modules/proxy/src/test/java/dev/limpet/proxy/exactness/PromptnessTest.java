package dev.limpet.proxy.exactness;

import static dev.limpet.testkit.RawText.readUntil;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.proxy.fixture.Http2Client;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import java.io.IOException;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A head does not wait for its body, in neither direction. */
class PromptnessTest {

  private static final String NO_HOLD =
      "limpet.upstreams.app { retries.hold-short-answers = 0s, timeouts.first-byte = 10s }";

  @ParameterizedTest
  @ValueSource(strings = {"Content-Length: 2", "Transfer-Encoding: chunked"})
  void theServerGetsARequestsHeadBeforeItsBody(String framing) throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    try (Origin origin = new Origin((self, socket) -> answerHead(self, socket, arrived));
        ProxyFixture proxy = new ProxyFixture(NO_HOLD, origin.port());
        Socket client = proxy.connect()) {
      write(client, "POST / HTTP/1.1\r\nHost: app.example\r\n" + framing + "\r\n\r\n");
      assertThat(arrived.await(60, TimeUnit.SECONDS)).as("the head is there").isTrue();
      // Full duplex: the answer's head and first bytes come before the request's body.
      assertThat(readUntil(client, "now ")).contains("200 OK").contains("now ");
      write(client, framing.startsWith("C") ? "hi" : "2\r\nhi\r\n0\r\n\r\n");
      assertThat(readUntil(client, "then")).contains("then");
    }
  }

  @Test
  void theServerGetsAStreamsHeadBeforeItsBody() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    try (Origin origin = new Origin((self, socket) -> answerHead(self, socket, arrived));
        ProxyFixture proxy = new ProxyFixture(NO_HOLD, origin.port());
        Http2Client client = new Http2Client(proxy)) {
      int stream = client.request(0, "POST", "/");
      assertThat(arrived.await(60, TimeUnit.SECONDS)).as("the head is there").isTrue();
      client.data(stream, Http2Client.END_STREAM, "hi".getBytes(ISO_8859_1));
      assertThat(client.response(stream).text()).isEqualTo("now then");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "retries.hold-short-answers = 0s",
        "retries.hold-short-answers = 20ms",
        "retries.hold-short-answers = 10s"
      })
  void theClientGetsAResponsesHeadBeforeItsBody(String hold) throws Exception {
    CountDownLatch seen = new CountDownLatch(1);
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  while (!self.readRequest(socket).isEmpty()) {
                    self.write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
                    await(seen);
                    self.write(socket, "hello");
                  }
                });
        ProxyFixture proxy = new ProxyFixture("limpet.upstreams.app." + hold, origin.port());
        Socket client = proxy.connect()) {
      // One that may not be repeated is not held back either, for whatever time.
      String method = hold.endsWith("10s") ? "POST" : "GET";
      write(client, method + " / HTTP/1.1\r\nHost: app.example\r\nContent-Length: 0\r\n\r\n");
      assertThat(readUntil(client, "\r\n\r\n")).contains("200 OK").contains("Content-Length: 5");
      seen.countDown();
      assertThat(readUntil(client, "hello")).isEqualTo("hello");
    }
  }

  @Test
  void aShortAnswerThatIsCutWhileItIsHeldGoesUnnoticed() throws Exception {
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  boolean first = self.unreadRequests() == 0;
                  self.readRequest(socket);
                  self.write(
                      socket,
                      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + (first ? "he" : "hello"));
                });
        ProxyFixture proxy =
            new ProxyFixture(
                "limpet.upstreams.app.retries.hold-short-answers = 10s", origin.port())) {
      assertThat(proxy.get("/")).startsWith("HTTP/1.1 200 OK\r\n").endsWith("hello");
      assertThat(origin.unreadRequests()).isEqualTo(2);
    }
  }

  /** Answers as soon as it has the head, and ends the answer when it has the body. */
  private static void answerHead(Origin self, Socket socket, CountDownLatch arrived)
      throws IOException {
    readUntil(socket, "\r\n\r\n");
    arrived.countDown();
    self.write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nnow ");
    readUntil(socket, "hi");
    self.write(socket, "then");
    await(arrived);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void write(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(ISO_8859_1));
  }
}
