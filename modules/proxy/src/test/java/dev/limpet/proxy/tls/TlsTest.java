package dev.limpet.proxy.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.proxy.fixture.TrustingClient;
import dev.limpet.testkit.Origin;
import dev.limpet.testkit.RawText;
import dev.limpet.testkit.TestCertificate;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** TLS on both sides, with the JDK's as the peer. */
class TlsTest {

  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

  @TempDir private Path directory;

  private static String listener(TestCertificate... certificates) {
    StringBuilder text = new StringBuilder("test.listener.tls.certificates = [");
    for (TestCertificate certificate : certificates) {
      text.append(
          "{ certificate = \"%s\", key = \"%s\" }\n"
              .formatted(certificate.chain(), certificate.key()));
    }
    return text.append("]\n").toString();
  }

  @Test
  void clientsGetTheCertificateOfTheHostTheyAskFor() throws Exception {
    TestCertificate first = TestCertificate.create(directory.resolve("1"), "dns:a.example");
    TestCertificate second =
        TestCertificate.create(directory.resolve("2"), "dns:b.example,dns:*.wild.example");
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(listener(first, second), origin.port())) {
      assertThat(namesFor(proxy, "a.example")).contains("a.example");
      assertThat(namesFor(proxy, "b.example")).contains("b.example");
      assertThat(namesFor(proxy, "x.wild.example")).contains("b.example");
      assertThat(namesFor(proxy, "nobody.example")).contains("a.example");
    }
  }

  @Test
  void aRequestByTlsIsAnsweredAndTheServerHearsOfIt() throws Exception {
    TestCertificate own = TestCertificate.create(directory, "dns:app.example");
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(listener(own), origin.port());
        SSLSocket client = TrustingClient.connect(proxy, "app.example")) {
      client
          .getOutputStream()
          .write(
              "GET / HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      String response =
          new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      assertThat(response).startsWith("HTTP/1.1 200 OK").endsWith("\r\n\r\nok");
      assertThat(response).containsPattern("Set-Cookie: limpet=.*; Secure");
      assertThat(origin.nextRequest()).contains("\r\nX-Forwarded-Proto: https\r\n");
    }
  }

  @Test
  void strictTransportSecurityIsSaidToClientsByTls() throws Exception {
    TestCertificate own = TestCertificate.create(directory, "dns:app.example");
    String hsts = "test.listener.tls.hsts { max-age = 365d, include-subdomains = on }\n";
    try (Origin origin =
            Origin.answering(
                "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"
                    + "Strict-Transport-Security: max-age=1\r\n\r\n");
        ProxyFixture proxy = new ProxyFixture(listener(own) + hsts, origin.port());
        SSLSocket client = TrustingClient.connect(proxy, "app.example")) {
      client
          .getOutputStream()
          .write(
              "GET / HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      String response =
          new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      assertThat(response)
          .containsOnlyOnce("Strict-Transport-Security: ")
          .contains("Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n");
    }
  }

  @Test
  void newFilesServeNewConnectionsAndOldOnesGoOn() throws Exception {
    TestCertificate own = TestCertificate.create(directory, "dns:old.example");
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy =
            new ProxyFixture(
                listener(own) + "test.listener.timeouts.keep-alive = 5m", origin.port());
        SSLSocket before = TrustingClient.connect(proxy, "app.example")) {
      assertThat(exchange(before)).contains("200 OK");
      TestCertificate.create(directory, "dns:new.example");
      await().until(() -> namesFor(proxy, "app.example").contains("new.example"));
      assertThat(exchange(before)).contains("200 OK");
    }
  }

  @Test
  void aKeyThatIsNotTheCertificatesIsNamed() {
    TestCertificate own = TestCertificate.create(directory.resolve("1"), "dns:a.example");
    TestCertificate other = TestCertificate.create(directory.resolve("2"), "dns:b.example");
    String mixed =
        "test.listener.tls.certificates = [ { certificate = \"%s\", key = \"%s\" } ]"
            .formatted(own.chain(), other.key());
    assertThatThrownBy(() -> new ProxyFixture(mixed, 1).close())
        .hasMessageContaining("limpet.listeners[0].tls.certificates[0].key")
        .hasMessageContaining(other.key() + ": not the key of CN=test");
  }

  @Test
  void aServerMustShowACertificateThatIsBelievedAndNamesIt() throws Exception {
    TestCertificate server = TestCertificate.create(directory.resolve("1"), "dns:origin.example");
    TestCertificate stranger = TestCertificate.create(directory.resolve("2"), "dns:x.example");
    try (SecureOrigin origin = new SecureOrigin(server)) {
      String tls = "limpet.upstreams.app.tls { ca = \"%s\", server-name = %s }";
      assertThat(statusWith(origin, tls.formatted(server.chain(), "origin.example")))
          .startsWith("HTTP/1.1 200 ");
      assertThat(statusWith(origin, tls.formatted(server.chain(), "other.example")))
          .as("another name")
          .startsWith("HTTP/1.1 502 ");
      assertThat(statusWith(origin, tls.formatted(stranger.chain(), "origin.example")))
          .as("another authority")
          .startsWith("HTTP/1.1 502 ");
      assertThat(statusWith(origin, "limpet.upstreams.app.tls { verify = off }"))
          .startsWith("HTTP/1.1 200 ");
    }
  }

  @Test
  void newFilesOfAnUpstreamAreReadAndBrokenOnesChangeNothing() throws Exception {
    TestCertificate before = TestCertificate.create(directory.resolve("1"), "dns:origin.example");
    TestCertificate now = TestCertificate.create(directory.resolve("2"), "dns:origin.example");
    String tls =
        "limpet.upstreams.app.tls { ca = \"%s\", server-name = origin.example }"
            .formatted(before.chain());
    try (SecureOrigin origin = new SecureOrigin(now);
        ProxyFixture proxy = new ProxyFixture(tls, origin.port())) {
      assertThat(proxy.get("/")).startsWith("HTTP/1.1 502 ");
      Files.copy(now.chain(), before.chain(), StandardCopyOption.REPLACE_EXISTING);
      await().until(() -> proxy.get("/").startsWith("HTTP/1.1 200 "));
      Files.writeString(before.chain(), "half a cert");
      await().during(Duration.ofSeconds(2)).until(() -> proxy.get("/").startsWith("HTTP/1.1 200 "));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "localhost, '', localhost",
    "127.0.0.1, backend, backend",
    "127.0.0.1, my_backend, ''",
    "127.0.0.1, a.b.example, a.b.example",
    "localhost, other.example, other.example",
    "127.0.0.1, '', ''"
  })
  void aServerIsAskedForByItsName(String host, String serverName, String asked) throws Exception {
    TestCertificate server = TestCertificate.create(directory, "dns:localhost");
    try (SecureOrigin origin = new SecureOrigin(server)) {
      String named = serverName.isEmpty() ? "" : ", server-name = " + serverName;
      String settings =
          "limpet.upstreams.app { servers = [ { address = \"%s:%d\" } ], tls { verify = off%s } }"
              .formatted(host, origin.port(), named);
      assertThat(statusWith(origin, settings)).startsWith("HTTP/1.1 200 ");
      assertThat(origin.asked.take()).isEqualTo(asked);
    }
  }

  @Test
  void aServerThatDoesNotShakeHandsInTimeIsTooLate() {
    try (Origin silent = new Origin((self, socket) -> socket.getInputStream().readAllBytes());
        ProxyFixture proxy =
            new ProxyFixture(
                "limpet.upstreams.app { tls { verify = off }, timeouts.connect = 1s }",
                silent.port())) {
      assertThat(proxy.get("/")).startsWith("HTTP/1.1 504 ");
    }
  }

  private static String statusWith(SecureOrigin origin, String tls) {
    try (ProxyFixture proxy = new ProxyFixture(tls, origin.port())) {
      return proxy.get("/");
    }
  }

  private static List<String> namesFor(ProxyFixture proxy, String host) throws Exception {
    try (SSLSocket client = TrustingClient.connect(proxy, host)) {
      X509Certificate shown = (X509Certificate) client.getSession().getPeerCertificates()[0];
      return shown.getSubjectAlternativeNames().stream()
          .map(name -> String.valueOf(name.get(1)))
          .toList();
    }
  }

  /** With a client that believes everything. */
  private static String exchange(SSLSocket client) throws IOException {
    client
        .getOutputStream()
        .write("GET / HTTP/1.1\r\nHost: app.example\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    return RawText.readUntil(client, "\r\n\r\nok");
  }

  /** A server that speaks TLS and answers each connection once. */
  private static final class SecureOrigin implements AutoCloseable {

    private final ServerSocket server;

    /** The name in SNI, empty for none. */
    private final BlockingQueue<String> asked = new LinkedBlockingQueue<>();

    SecureOrigin(TestCertificate certificate) throws IOException {
      server =
          certificate
              .serverContext()
              .getServerSocketFactory()
              .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
      Thread.ofVirtual().start(this::serve);
    }

    int port() {
      return server.getLocalPort();
    }

    private void serve() {
      while (!server.isClosed()) {
        try (Socket socket = server.accept()) {
          StringBuilder head = new StringBuilder();
          while (head.indexOf("\r\n\r\n") < 0) {
            int c = socket.getInputStream().read();
            if (c < 0) {
              throw new EOFException();
            }
            head.append((char) c);
          }
          asked.add(
              ((ExtendedSSLSession) ((SSLSocket) socket).getSession())
                  .getRequestedServerNames().stream()
                      .map(name -> new String(name.getEncoded(), StandardCharsets.US_ASCII))
                      .findFirst()
                      .orElse(""));
          socket.getOutputStream().write(OK.getBytes(StandardCharsets.US_ASCII));
        } catch (SSLHandshakeException refused) {
          // The proxy did not believe it, which a test is about.
        } catch (IOException gone) {
          // Closed.
        }
      }
    }

    @Override
    public void close() throws IOException {
      server.close();
    }
  }
}
