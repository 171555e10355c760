package dev.limpet.cluster.health;

import static dev.limpet.cluster.health.Probes.GOOD;
import static dev.limpet.cluster.health.Probes.LONG;
import static dev.limpet.cluster.health.Probes.check;
import static dev.limpet.cluster.health.Probes.get;
import static dev.limpet.cluster.health.Probes.probe;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.model.settings.HealthCheck;
import dev.limpet.model.settings.HealthCheck.Kind;
import dev.limpet.model.settings.Settings.UpstreamTls;
import dev.limpet.testkit.Origin;
import dev.limpet.testkit.TestCertificate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLServerSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checks of servers that speak TLS. */
class ProbeTlsTest {

  @Test
  void tlsChecksShakeHandsAsTheUpstreamDoes(@TempDir Path directory) throws IOException {
    TestCertificate certificate = TestCertificate.create(directory, "dns:app.internal");
    try (SSLServerSocket server = secure(certificate)) {
      int port = server.getLocalPort();
      HealthCheck tls = check(new Kind.Tls(), LONG);
      HealthCheck http = check(get(GOOD), LONG);
      assertThat(probe(tls, port, Optional.empty())).startsWith("TLS: ").contains("PKIX path");
      UpstreamTls right = tls(true, certificate, Optional.of("app.internal"));
      assertThat(probe(tls, port, Optional.of(right))).isEmpty();
      assertThat(probe(http, port, Optional.of(right))).isEmpty();
      UpstreamTls unnamed = tls(true, certificate, Optional.empty());
      assertThat(probe(http, port, Optional.of(unnamed))).startsWith("TLS: ").contains("127.0.0.1");
      UpstreamTls anybody =
          new UpstreamTls(false, Optional.empty(), Optional.empty(), Optional.empty());
      assertThat(probe(http, port, Optional.of(anybody))).isEmpty();
    }
    try (Origin plain =
        new Origin((origin, socket) -> origin.write(socket, "HTTP/1.1 400 Bad Request\r\n\r\n"))) {
      assertThat(probe(new Kind.Tls(), plain)).startsWith("TLS: ");
    }
  }

  @Test
  void newAuthoritiesAreBelievedAtOnceAndBrokenFilesChangeNothing(@TempDir Path directory)
      throws IOException {
    TestCertificate before = TestCertificate.create(directory.resolve("1"), "dns:app.internal");
    TestCertificate now = TestCertificate.create(directory.resolve("2"), "dns:app.internal");
    try (SSLServerSocket server = secure(now)) {
      ProbeTls contexts = new ProbeTls();
      Optional<UpstreamTls> settings = Optional.of(tls(true, before, Optional.of("app.internal")));
      HealthCheck check = check(new Kind.Tls(), LONG);
      int port = server.getLocalPort();
      assertThat(probe(check, port, settings, contexts)).contains("PKIX path");
      Files.copy(now.chain(), before.chain(), StandardCopyOption.REPLACE_EXISTING);
      assertThat(probe(check, port, settings, contexts)).isEmpty();
      Files.writeString(before.chain(), "half a cert");
      assertThat(probe(check, port, settings, contexts)).isEmpty();
    }
  }

  /** A server that shows this certificate. */
  private static SSLServerSocket secure(TestCertificate certificate) throws IOException {
    SSLServerSocket server =
        (SSLServerSocket)
            certificate
                .serverContext()
                .getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    CompletableFuture.runAsync(() -> answer(server), task -> Thread.ofVirtual().start(task));
    return server;
  }

  private static void answer(SSLServerSocket server) {
    while (!server.isClosed()) {
      try (Socket client = server.accept()) {
        if (client.getInputStream().read() >= 0) {
          client
              .getOutputStream()
              .write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.UTF_8));
        }
      } catch (IOException refused) {
        // Clients that do not like the certificate are part of the test.
      }
    }
  }

  private static UpstreamTls tls(boolean verify, TestCertificate ca, Optional<String> name) {
    return new UpstreamTls(verify, Optional.of(ca.chain()), name, Optional.empty());
  }
}
