package dev.limpet.proxy.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import dev.limpet.testkit.TestCertificate;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What fails leaves a line with its cause, while the access log is off. */
class FailureLogTest {

  private static final Pattern COUNT = Pattern.compile(": (\\d+) in this second, first ");

  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final Logger logger =
      (Logger) LoggerFactory.getLogger("dev.limpet.transport.report.FailureLog");

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
  void failedRequestsLeaveALineForEachKindAndSecond() throws Exception {
    try (Origin origin = new Origin((server, socket) -> server.readRequest(socket));
        ProxyFixture proxy = new ProxyFixture("", origin.port())) {
      for (int i = 0; i < 20; i++) {
        assertThat(proxy.exchange(post("/cart?id=" + i))).startsWith("HTTP/1.1 502");
      }
      assertThat(
              proxy.exchange("GET /x HTTP/1.1\r\nHost: other.example\r\nConnection: close\r\n\r\n"))
          .startsWith("HTTP/1.1 404");
      assertThat(proxy.exchange("GET /\u0001 HTTP/1.1\r\nHost: app.example\r\n\r\n"))
          .startsWith("HTTP/1.1 400");
      String reset =
          "502 RESET, the server closed the connection; server app/127.0.0.1:"
              + origin.port()
              + ", route /, listener http";
      await().untilAsserted(() -> assertThat(counted(reset)).isEqualTo(20));
      assertThat(lines(reset))
          .hasSizeLessThan(20)
          .first()
          .asString()
          .contains("POST /cart?id=0 for app.example from 127.0.0.1");
      await()
          .untilAsserted(
              () ->
                  assertThat(lines())
                      .contains(
                          "404 NO_ROUTE, no route for this host and path; no route, listener http:"
                              + " GET /x for other.example from 127.0.0.1",
                          "400 Bad Request; no request that can be read, listener http:"
                              + " client 127.0.0.1"));
    }
  }

  @Test
  void whatNobodyAnswersAndWhatBreaksOffSaysWhere() throws Exception {
    String begun = "HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n" + "x".repeat(17_000);
    try (Origin origin =
            new Origin(
                (server, socket) -> {
                  server.readRequest(socket);
                  socket.getOutputStream().write(begun.getBytes(StandardCharsets.US_ASCII));
                });
        ProxyFixture proxy = new ProxyFixture("", origin.port())) {
      proxy.get("/begun");
      await()
          .untilAsserted(
              () ->
                  assertThat(lines())
                      .anyMatch(
                          line ->
                              line.startsWith(
                                  "502 RESET, the server closed the connection, when the response"
                                      + " had begun; server app/127.0.0.1:")));
      origin.close();
      assertThat(proxy.get("/nobody")).startsWith("HTTP/1.1 503");
      await()
          .untilAsserted(
              () ->
                  assertThat(lines())
                      .anyMatch(
                          line -> line.startsWith("503 NO_SERVER, no server is available; ")));
    }
  }

  @Test
  void handshakesThatFailLeaveALine(@TempDir Path directory) throws Exception {
    TestCertificate own = TestCertificate.create(directory, "dns:app.example");
    String tls =
        "test.listener.tls.certificates = [ { certificate = \"%s\", key = \"%s\" } ]%n"
            .formatted(own.chain(), own.key());
    try (ProxyFixture proxy = new ProxyFixture(tls, 1);
        Socket distrustful =
            ((SSLSocketFactory) SSLSocketFactory.getDefault())
                .createSocket(proxy.connect(), "app.example", 443, true)) {
      assertThatThrownBy(() -> distrustful.getOutputStream().write('x'))
          .hasMessageContaining("PKIX");
      await()
          .untilAsserted(
              () ->
                  assertThat(lines())
                      .anyMatch(
                          line ->
                              line.startsWith("a TLS handshake failed at listener http: ")
                                  && line.contains("SSLV3 ALERT CERTIFICATE UNKNOWN")
                                  && line.endsWith("client 127.0.0.1")));
    }
  }

  @Test
  void whoSpeaksTheWrongProtocolIsNamed(@TempDir Path directory) throws Exception {
    TestCertificate own = TestCertificate.create(directory, "dns:app.example");
    String tls =
        "test.listener { name = https, tls.certificates = { certificate = \"%s\", key = \"%s\" } }%n"
            .formatted(own.chain(), own.key());
    try (ProxyFixture proxy = new ProxyFixture(tls, 1)) {
      for (int i = 0; i < 20; i++) {
        assertThat(proxy.get("/"))
            .endsWith("\r\n\r\n400 The plain HTTP request was sent to HTTPS port\n");
      }
      proxy.exchange("\u0001".repeat(20));
      String plain = "plain HTTP on a TLS listener, https: ";
      await().untilAsserted(() -> assertThat(counted(plain)).isEqualTo(20));
      assertThat(lines(plain))
          .hasSizeLessThan(20)
          .allMatch(line -> line.endsWith("client 127.0.0.1"));
      await()
          .untilAsserted(
              () ->
                  assertThat(lines())
                      .contains(
                          "a TLS handshake failed at listener https: what the client says is not TLS:"
                              + " client 127.0.0.1"));
    }
    String proxied = "test.listener { proxy-protocol = on, trusted-proxies = [ \"127.0.0.0/8\" ] }";
    try (ProxyFixture proxy = new ProxyFixture(1)) {
      for (int i = 0; i < 20; i++) {
        assertThat(proxy.exchange("\u0016\u0003\u0001\u0002\u0000\u0001")).isEmpty();
      }
      String secure = "TLS on a plain listener, http: ";
      await().untilAsserted(() -> assertThat(counted(secure)).isEqualTo(20));
      assertThat(lines(secure)).hasSizeLessThan(20);
      proxy.reload(proxied, 1);
      assertThat(proxy.get("/")).isEmpty();
      await()
          .untilAsserted(
              () ->
                  assertThat(lines())
                      .contains(
                          "no PROXY header that can be read, listener http: client 127.0.0.1"));
    }
    assertThat(lines()).noneMatch(line -> line.contains("Bad Request"));
  }

  private static String post(String target) {
    return "POST "
        + target
        + " HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx";
  }

  private List<String> lines() {
    return List.copyOf(log.list).stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  private List<String> lines(String kind) {
    return lines().stream().filter(line -> line.startsWith(kind)).toList();
  }

  private long counted(String kind) {
    return lines(kind).stream()
        .mapToLong(
            line -> {
              Matcher count = COUNT.matcher(line);
              return count.find() ? Long.parseLong(count.group(1)) : 1;
            })
        .sum();
  }
}
