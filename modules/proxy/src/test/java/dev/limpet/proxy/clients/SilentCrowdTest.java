package dev.limpet.proxy.clients;

import static dev.limpet.testkit.RawText.readUntil;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.awaitility.Awaitility.await;

import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import dev.limpet.testkit.TestCertificate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** More clients than connections are allowed, most of which say nothing. */
class SilentCrowdTest {

  private static final int CROWD = 1000;
  private static final String FEW =
      "test.listener { max-connections = 6, timeouts { head = 60s, keep-alive = 60s } }\nlimpet.node.event-loops = 1\n";

  @TempDir private Path directory;

  private final List<Socket> crowd = new ArrayList<>();
  private final Origin origin =
      Origin.answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");

  @AfterEach
  void close() throws IOException {
    for (Socket silent : crowd) {
      silent.close();
    }
    origin.close();
  }

  /** One connection for a quarter of a second each, and the crowd would be served for forty. */
  @Test
  void whoAsksDoesNotWaitBehindThem() throws Exception {
    try (ProxyFixture proxy = new ProxyFixture(FEW, origin.port())) {
      come(proxy, CROWD);
      for (int i = 0; i < 3; i++) {
        try (Socket client = proxy.connect()) {
          client.setSoTimeout(30_000);
          client
              .getOutputStream()
              .write("GET / HTTP/1.1\r\nHost: app.example\r\n\r\n".getBytes(US_ASCII));
          readUntil(client, "hello");
        }
      }
    }
  }

  @Test
  void whoIsWithinAHandshakeIsNotCutForThem() throws Exception {
    TestCertificate own = TestCertificate.create(directory, "dns:app.example");
    String tls =
        "test.listener.tls.certificates = [ { certificate = \"%s\", key = \"%s\" } ]\n"
            .formatted(own.chain(), own.key());
    try (ProxyFixture proxy = new ProxyFixture(FEW + tls, origin.port());
        Socket client = proxy.connect()) {
      // All connections are open before the handshake begins: it has a second, and machines are
      // slow.
      come(proxy, 5);
      client.getOutputStream().write(clientHello());
      assertThat(client.getInputStream().read()).as("a handshake record").isEqualTo(22);
      come(proxy, 2);
      await().until(() -> proxy.proxy().traffic().room().closed() > 0);
      client.getInputStream().skip(client.getInputStream().available());
      client.setSoTimeout(100);
      assertThatCode(() -> client.getInputStream().read())
          .as("nothing more comes, nor the end")
          .hasMessageContaining("timed out");
    }
  }

  private void come(ProxyFixture proxy, int count) throws IOException {
    int port = proxy.proxy().addresses().getFirst().getPort();
    for (int i = 0; i < count; i++) {
      crowd.add(new Socket(InetAddress.getLoopbackAddress(), port));
    }
  }

  private static byte[] clientHello() throws Exception {
    SSLEngine engine = SSLContext.getDefault().createSSLEngine("app.example", 443);
    engine.setUseClientMode(true);
    ByteBuffer hello = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    engine.wrap(ByteBuffer.allocate(0), hello);
    byte[] bytes = new byte[hello.flip().remaining()];
    hello.get(bytes);
    return bytes;
  }
}
