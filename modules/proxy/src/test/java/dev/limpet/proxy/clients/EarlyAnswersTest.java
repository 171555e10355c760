package dev.limpet.proxy.clients;

import static dev.limpet.testkit.RawText.readUntil;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.proxy.fixture.TrustingClient;
import dev.limpet.testkit.Origin;
import dev.limpet.testkit.TestCertificate;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * An answer that is there before the upload has ended reaches a client that only then looks for it.
 */
class EarlyAnswersTest {

  private static final int UPLOAD = 20_000_000;

  @TempDir private Path directory;

  @ParameterizedTest
  @CsvSource({
    "false, length",
    "false, chunked",
    "false, broken",
    "true, length",
    "true, chunked",
    "true, broken"
  })
  void limpetsOwnRefusalArrives(boolean tls, String framing) throws Exception {
    String status = framing.equals("broken") ? "400" : "413";
    try (Origin origin = reading();
        ProxyFixture proxy = fixture(tls, "", origin.port())) {
      for (int i = 0; i < 6; i++) {
        assertThat(upload(proxy, tls, framing)).startsWith("HTTP/1.1 " + status + " ");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"false, length", "false, chunked", "true, length"})
  void aServersRefusalArrives(boolean tls, String framing) throws Exception {
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  readUntil(socket, "\r\n\r\n");
                  self.write(socket, "HTTP/1.1 401 Who\r\nContent-Length: 2\r\n\r\nno");
                  socket.getInputStream().transferTo(OutputStream.nullOutputStream());
                });
        ProxyFixture proxy =
            fixture(tls, "limpet.limits.max-body-size = 100000000\n", origin.port())) {
      for (int i = 0; i < 6; i++) {
        assertThat(upload(proxy, tls, framing)).startsWith("HTTP/1.1 401 Who\r\n").endsWith("no");
      }
    }
  }

  @Test
  void aClientThatNeitherSendsNorLeavesIsLeft() throws Exception {
    try (Origin origin = reading();
        ProxyFixture proxy = fixture(false, "", origin.port());
        Socket client = proxy.connect()) {
      client.getOutputStream().write(head("length").getBytes(ISO_8859_1));
      assertThat(new String(client.getInputStream().readAllBytes(), ISO_8859_1))
          .startsWith("HTTP/1.1 413 ");
      await()
          .atMost(Duration.ofSeconds(40))
          .until(() -> proxy.proxy().traffic().connections() == 0);
    }
  }

  private static Origin reading() {
    return new Origin(
        (self, socket) -> socket.getInputStream().transferTo(OutputStream.nullOutputStream()));
  }

  private ProxyFixture fixture(boolean tls, String settings, int port) {
    String listener = "test.listener.timeouts { keep-alive = 60s, idle = 60s }\n";
    if (tls) {
      TestCertificate own = TestCertificate.create(directory, "dns:app.example");
      listener +=
          "test.listener.tls.certificates = [ { certificate = \"%s\", key = \"%s\" } ]\n"
              .formatted(own.chain(), own.key());
    }
    return new ProxyFixture(
        listener + "limpet.upstreams.app.timeouts { first-byte = 60s, idle = 60s }\n" + settings,
        port);
  }

  private static String head(String framing) {
    return "POST / HTTP/1.1\r\nHost: app.example\r\n"
        + (framing.equals("length") ? "Content-Length: " + UPLOAD : "Transfer-Encoding: chunked")
        + "\r\n\r\n";
  }

  private static String upload(ProxyFixture proxy, boolean tls, String framing) throws Exception {
    try (Socket client = tls ? TrustingClient.connect(proxy, "app.example") : proxy.connect()) {
      OutputStream out = client.getOutputStream();
      out.write(head(framing).getBytes(ISO_8859_1));
      byte[] block = new byte[10_000];
      for (int sent = 0; sent < UPLOAD; sent += block.length) {
        if (framing.equals("chunked")) {
          out.write("2710\r\n".getBytes(ISO_8859_1));
        }
        out.write(block);
        if (framing.equals("chunked")) {
          out.write("\r\n".getBytes(ISO_8859_1));
        }
      }
      StringBuilder answer = new StringBuilder();
      int c;
      while ((c = client.getInputStream().read()) >= 0) {
        answer.append((char) c);
      }
      return answer.toString();
    } catch (IOException reset) {
      return reset.toString();
    }
  }
}
