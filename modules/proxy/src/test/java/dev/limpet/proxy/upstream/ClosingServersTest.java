package dev.limpet.proxy.upstream;

import static dev.limpet.testkit.RawText.readUntil;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.proxy.fixture.Http2Client;
import dev.limpet.proxy.fixture.NamedOrigin;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers that close: with the request half read, with the answer half sent, or without any. */
class ClosingServersTest {

  private static final String TOO_LARGE =
      "HTTP/1.1 413 Payload Too Large\r\nContent-Length: 9\r\nConnection: close\r\n\r\ntoo large";

  private static final String LIMITS = "limpet.limits.max-body-size = 100m";

  /** The server closes with most of the request unread, so the kernel resets its connection. */
  @ParameterizedTest
  @ValueSource(strings = {"Content-Length: 20000000", "Transfer-Encoding: chunked"})
  void anAnswerDuringAnUploadArrives(String framing) throws Exception {
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  readUntil(socket, "\r\n\r\n");
                  socket.getInputStream().readNBytes(50_000);
                  self.write(socket, TOO_LARGE);
                });
        ProxyFixture proxy = new ProxyFixture(LIMITS, origin.port())) {
      for (int i = 0; i < 20; i++) {
        try (Socket client = proxy.connect()) {
          String head = "POST / HTTP/1.1\r\nHost: app.example\r\n" + framing + "\r\n\r\n";
          client.getOutputStream().write(head.getBytes(ISO_8859_1));
          Thread upload = Thread.ofVirtual().start(() -> upload(client, framing));
          assertThat(readUntil(client, "too large")).startsWith("HTTP/1.1 413 ");
          client.close();
          upload.join();
        }
      }
    }
  }

  @Test
  void anAnswerDuringAnUploadArrivesOverHttp2() throws Exception {
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  readUntil(socket, "\r\n\r\n");
                  socket.getInputStream().readNBytes(50_000);
                  self.write(socket, TOO_LARGE);
                });
        ProxyFixture proxy = new ProxyFixture(LIMITS, origin.port())) {
      for (int i = 0; i < 20; i++) {
        try (Http2Client client = new Http2Client(proxy)) {
          int stream = client.request(0, "POST", "/");
          for (int block = 0; block < 4; block++) {
            client.data(stream, 0, new byte[16_000]);
          }
          Http2Client.Response response = client.response(stream);
          assertThat(response.status()).isEqualTo("413");
          assertThat(response.text()).isEqualTo("too large");
        }
      }
    }
  }

  /** The client reads only when the server has gone. */
  @ParameterizedTest
  @ValueSource(strings = {"Content-Length: 1000000", "Transfer-Encoding: chunked"})
  void whatCameOfAResponseThatIsCutArrives(String framing) throws Exception {
    boolean chunked = framing.startsWith("T");
    String part = "x".repeat(999_912);
    Semaphore gone = new Semaphore(0);
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  self.write(
                      socket,
                      "HTTP/1.1 200 OK\r\n"
                          + framing
                          + "\r\n\r\n"
                          + (chunked ? "f4240\r\n" : "")
                          + part);
                  socket.close();
                  gone.release();
                });
        ProxyFixture proxy = new ProxyFixture(origin.port())) {
      for (int i = 0; i < 10; i++) {
        try (Socket client = proxy.connectWithSmallBuffer()) {
          client
              .getOutputStream()
              .write("GET / HTTP/1.1\r\nHost: app.example\r\n\r\n".getBytes(ISO_8859_1));
          gone.acquire();
          String response = readToTheEnd(client);
          String body = response.substring(response.indexOf("\r\n\r\n"));
          assertThat(body.chars().filter(c -> c == 'x').count()).isEqualTo(999_912);
          assertThat(body).doesNotContain("\r\n0\r\n\r\n");
        }
      }
    }
  }

  @Test
  void anotherServerAnswersAClientOfNoneWhenOneClosesUnanswered() throws Exception {
    try (Origin closing = new Origin((self, socket) -> self.readRequest(socket));
        NamedOrigin well = new NamedOrigin("well");
        ProxyFixture proxy =
            new ProxyFixture(
                "limpet.upstreams.app.retries.budget = 100%", closing.port(), well.port())) {
      for (int i = 0; i < 20; i++) {
        assertThat(proxy.get("/")).startsWith("HTTP/1.1 200 ").endsWith("well");
      }
      assertThat(closing.unreadRequests()).isBetween(5, 20);
    }
  }

  private static void upload(Socket client, String framing) {
    byte[] block = "x".repeat(10_000).getBytes(ISO_8859_1);
    boolean chunked = framing.startsWith("T");
    try {
      OutputStream out = client.getOutputStream();
      for (int i = 0; i < 2_000; i++) {
        out.write(chunked ? "2710\r\n".getBytes(ISO_8859_1) : new byte[0]);
        out.write(block);
        out.write(chunked ? "\r\n".getBytes(ISO_8859_1) : new byte[0]);
      }
    } catch (IOException answered) {
      // Limpet need not take the rest.
    }
  }

  /** Until the connection ends in whichever way. */
  private static String readToTheEnd(Socket socket) {
    StringBuilder read = new StringBuilder();
    byte[] some = new byte[8192];
    try {
      for (int n = 0; n >= 0; n = socket.getInputStream().read(some)) {
        read.append(new String(some, 0, n, ISO_8859_1));
      }
    } catch (IOException cut) {
      // That is how it may end.
    }
    return read.toString();
  }
}
