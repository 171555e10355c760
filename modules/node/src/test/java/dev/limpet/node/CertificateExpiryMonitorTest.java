package dev.limpet.node;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.limpet.certificates.PemFiles;
import dev.limpet.model.settings.Settings;
import dev.limpet.settings.SettingsReader;
import dev.limpet.testkit.TestCertificate;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class CertificateExpiryMonitorTest {

  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger(CertificateExpiryMonitor.class);
  private Instant now = Instant.now();

  @BeforeEach
  void listen() {
    log.start();
    logger.addAppender(log);
  }

  @AfterEach
  void stopListening() {
    logger.detachAppender(log);
  }

  @Test
  void everyCertificateThatTheNodeReadsIsWarnedOfAsDaysPass(@TempDir Path directory)
      throws Exception {
    TestCertificate own = TestCertificate.create(directory, "-1d", 90, "dns:a.example");
    for (String name : List.of("site", "client", "ca", "node", "nodes")) {
      Files.copy(own.chain(), directory.resolve(name + ".crt"));
    }
    Settings settings =
        SettingsReader.parse(
            """
            limpet {
              listeners = { name = https, bind = "127.0.0.1:8443"
                tls.certificates = { certificate = "DIR/site.crt", key = "DIR/own.key" } }
              upstreams.app {
                servers = { address = "127.0.0.1:3001" }
                tls { certificate = "DIR/client.crt", key = "DIR/own.key", ca = "DIR/ca.crt" }
              }
              upstreams.more { servers = { address = "127.0.0.1:3002" }, tls.ca = "DIR/ca.crt" }
              hosts = { routes = { path = "/", upstream = app } }
              cluster.tls { certificate = "DIR/node.crt", key = "DIR/own.key", ca = "DIR/nodes.crt" }
            }
            """
                .replace("DIR", directory.toString()),
            "test.conf");
    Instant end = PemFiles.certificates(own.chain()).getFirst().getNotAfter().toInstant();
    CertificateExpiryMonitor watch = new CertificateExpiryMonitor(() -> settings, () -> now);
    watch.check();
    assertThat(log.list).as("more than a month is left").isEmpty();

    now = end.minus(Duration.ofDays(29));
    watch.check();
    assertThat(linesSince(0)).containsExactlyElementsOf(all("expires at " + end, directory));
    watch.check();
    assertThat(linesSince(5)).as("each is said once").isEmpty();

    now = end.minus(Duration.ofDays(6));
    watch.check();
    assertThat(linesSince(5)).containsExactlyElementsOf(all("expires at " + end, directory));
    Files.delete(directory.resolve("client.crt"));
    watch.check();
    now = end.plusSeconds(1);
    watch.check();
    assertThat(linesSince(10))
        .as("what is gone is used as it was")
        .containsExactlyElementsOf(all("has expired at " + end, directory));
  }

  private static List<String> all(String dates, Path directory) {
    return Stream.of(
            "listener https: %s (DIR/site.crt)",
            "upstream app: %s (DIR/client.crt)",
            "upstream app, upstream more: %s (DIR/ca.crt)",
            "cluster.tls: %s (DIR/node.crt)",
            "cluster.tls: %s (DIR/nodes.crt)")
        .map(line -> line.formatted("the certificate of CN=test " + dates))
        .map(line -> line.replace("DIR", directory.toString()))
        .toList();
  }

  private List<String> linesSince(int first) {
    return log.list.stream().skip(first).map(ILoggingEvent::getFormattedMessage).toList();
  }
}
