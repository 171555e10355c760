package dev.limpet.proxy.clients;

import static dev.limpet.testkit.RawText.readUntil;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.proxy.fixture.Http2Client;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What clients leave in memory that stay connected and ask for nothing. */
class IdleMemoryTest {

  private static final int CLIENTS = 40;
  private static final int KILOBYTE = 1024;
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
  private static final String PATIENT =
      """
      test.listener.timeouts { keep-alive = 60s, head = 60s }
      limpet.limits { max-header-size = 16k, max-head-size = 64k, max-body-size = 0 }
      """;

  @Test
  void aBigHeadIsNotKept() throws Exception {
    StringBuilder head = new StringBuilder("GET / HTTP/1.1\r\nHost: app.example\r\n");
    for (int i = 0; i < 4; i++) {
      head.append("X-Big-").append(i).append(": ").append("x".repeat(15 * KILOBYTE)).append("\r\n");
    }
    byte[] request = head.append("\r\n").toString().getBytes(US_ASCII);
    try (Origin origin = forgetful();
        ProxyFixture proxy = new ProxyFixture(PATIENT, origin.port())) {
      assertKept(
          40 * KILOBYTE,
          () -> {
            Socket client = proxy.connect();
            client.getOutputStream().write(request);
            readUntil(client, "hello");
            return client;
          });
    }
  }

  @Test
  void ofAnUploadOverHttp2NothingIsKept() throws Exception {
    byte[] part = new byte[16 * KILOBYTE];
    try (Origin origin = forgetful();
        ProxyFixture proxy = new ProxyFixture(PATIENT, origin.port())) {
      assertKept(
          80 * KILOBYTE,
          () -> {
            Http2Client client = new Http2Client(proxy);
            int stream = client.request(0, "POST", "/", "content-length", "" + 32 * part.length);
            for (int i = 0; i < 32; i++) {
              client.data(stream, i == 31 ? Http2Client.END_STREAM : 0, part);
            }
            assertThat(client.response(stream).text()).isEqualTo("hello");
            return client;
          });
    }
  }

  /** A server that keeps nothing of what it gets, unlike those that tests ask for it later. */
  private static Origin forgetful() {
    return new Origin(
        (self, socket) -> {
          BufferedInputStream in = new BufferedInputStream(socket.getInputStream());
          while (true) {
            long body = 0;
            for (String line = line(in); !line.isEmpty(); line = line(in)) {
              if (line.startsWith("content-length: ") || line.startsWith("Content-Length: ")) {
                body = Long.parseLong(line.substring(16));
              }
            }
            in.skipNBytes(body);
            self.write(socket, OK);
          }
        });
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\r'; next = in.read()) {
      if (next < 0) {
        throw new EOFException();
      }
      line.append((char) next);
    }
    in.skipNBytes(1);
    return line.toString();
  }

  private interface Use {
    AutoCloseable connect() throws IOException;
  }

  private static void assertKept(long most, Use use) throws Exception {
    List<AutoCloseable> clients = new ArrayList<>();
    try {
      use(use, 10, clients);
      long before = used();
      use(use, CLIENTS, clients);
      await()
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofMillis(300))
          .untilAsserted(
              () ->
                  assertThat((used() - before) / CLIENTS)
                      .as("bytes for each client")
                      .isLessThan(most));
    } finally {
      for (AutoCloseable client : clients) {
        client.close();
      }
    }
  }

  private static void use(Use use, int count, List<AutoCloseable> clients) throws IOException {
    for (int i = 0; i < count; i++) {
      clients.add(use.connect());
    }
  }

  private static long used() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
