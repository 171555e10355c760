package dev.limpet.proxy.clients;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.proxy.fixture.TrustingClient;
import dev.limpet.testkit.Origin;
import dev.limpet.testkit.TestCertificate;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The first bytes of connections: PROXY headers, and what clients ask TLS for. */
class FirstBytesTest {

  private static final String GET =
      "GET / HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n";

  /**
   * Says for two connections, of which the second has the first one's session, whether it was
   * resumed.
   */
  private static final String RESUMING =
      """
      const tls = require('tls');
      const [port, version, ...names] = process.argv.slice(1);
      const options = { port, host: '127.0.0.1', rejectUnauthorized: false, minVersion: version, maxVersion: version };
      let session;
      function connect(servername, done) {
        const socket = tls.connect({ ...options, servername, session }, () => {
          console.log(socket.isSessionReused());
          socket.write('GET / HTTP/1.1\\r\\nHost: app.example\\r\\nConnection: close\\r\\n\\r\\n');
        });
        let own;
        socket.on('session', (given) => { own = given; });
        socket.on('data', () => {});
        socket.on('close', () => { session = own ?? session; done(); });
      }
      connect(names[0], () => connect(names[1], () => {}));
      """;

  @TempDir private Path directory;

  private final Origin origin = Origin.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");

  @AfterEach
  void close() {
    origin.close();
  }

  private ProxyFixture secure(String more, String... names) {
    StringBuilder certificates = new StringBuilder();
    for (String name : names) {
      TestCertificate own =
          TestCertificate.create(directory.resolve(name), "dns:" + name, "dns:*." + name);
      certificates.append(
          "{ certificate = \"%s\", key = \"%s\" }\n".formatted(own.chain(), own.key()));
    }
    return new ProxyFixture(
        "test.listener.tls.certificates = [ " + certificates + " ]\n" + more, origin.port());
  }

  @ParameterizedTest
  @CsvSource({"on, foo", "off, foo", "off, h2", "on, 'foo,bar'", "on, http/1.0"})
  void whoSpeaksNoneOfTheProtocolsIsToldSo(String http2, String offered) throws Exception {
    try (ProxyFixture proxy = secure("test.listener.http2 = " + http2, "a.example")) {
      assertThatThrownBy(() -> agreed(proxy, offered.split(",", -1)))
          .isInstanceOf(SSLHandshakeException.class)
          .hasMessageContaining("no_application_protocol");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "on, 'foo,h2', h2",
    "on, 'http/1.1', http/1.1",
    "on, 'http/1.1,h2', h2",
    "off, 'h2,http/1.1', http/1.1"
  })
  void othersGetTheBestOne(String http2, String offered, String agreed) throws Exception {
    try (ProxyFixture proxy = secure("test.listener.http2 = " + http2, "a.example")) {
      assertThat(agreed(proxy, offered.split(",", -1))).isEqualTo(agreed);
    }
  }

  @Test
  void whoOffersNoProtocolSpeaksHttp1() throws Exception {
    try (ProxyFixture proxy = secure("", "a.example");
        SSLSocket client = TrustingClient.connect(proxy, "a.example")) {
      assertThat(client.getApplicationProtocol()).isEmpty();
    }
  }

  private static String agreed(ProxyFixture proxy, String... offered) throws Exception {
    try (SSLSocket client =
        TrustingClient.handshake(
            proxy, "a.example", parameters -> parameters.setApplicationProtocols(offered))) {
      return client.getApplicationProtocol();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.example", "a.example b.example"})
  void aSessionIsResumedUnderItsOwnNameOnly(String certificates) throws Exception {
    try (ProxyFixture proxy = secure("", certificates.split(" ", -1))) {
      for (String version : List.of("TLSv1.2", "TLSv1.3")) {
        assertThat(resumed(proxy, version, "a.example", "A.example"))
            .as(version)
            .containsExactly("false", "true");
        assertThat(resumed(proxy, version, "a.example", "x.a.example"))
            .as(version)
            .containsExactly("false", "false");
        assertThat(resumed(proxy, version, "a.example", "b.example"))
            .as(version)
            .containsExactly("false", "false");
        assertThat(resumed(proxy, version, "x.a.example", "y.a.example"))
            .as(version)
            .containsExactly("false", "false");
      }
    }
  }

  private static List<String> resumed(
      ProxyFixture proxy, String version, String first, String second) throws IOException {
    String port = Integer.toString(proxy.proxy().addresses().getFirst().getPort());
    Process node =
        new ProcessBuilder("node", "-e", RESUMING, port, version, first, second)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    return new String(node.getInputStream().readAllBytes(), US_ASCII).lines().toList();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        GET,
        "get / HTTP/1.1\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
      })
  void plainHttpOnATlsPortIsToldSo(String request) {
    try (ProxyFixture proxy = secure("test.listener.timeouts.keep-alive = 1s", "a.example")) {
      assertThat(proxy.exchange(request))
          .startsWith("HTTP/1.1 400 ")
          .endsWith("\r\n\r\n400 The plain HTTP request was sent to HTTPS port\n");
      assertThat(proxy.exchange("\u0016\u0003\u0001 no hello")).doesNotContain("HTTP");
      assertThat(origin.unreadRequests()).isZero();
    }
  }

  /** Version 2, command PROXY. */
  private static byte[] header(int versionAndCommand, int family, int length) throws IOException {
    ByteArrayOutputStream header = new ByteArrayOutputStream();
    header.write(HexFormat.of().parseHex("0d0a0d0a000d0a515549540a"));
    header.write(versionAndCommand);
    header.write(family);
    header.write(length >> 8);
    header.write(length);
    header.write(new byte[length]);
    return header.toByteArray();
  }

  private static String behindProxies(String trusted) {
    return "test.listener { proxy-protocol = on, trusted-proxies = [ \"" + trusted + "\" ] }";
  }

  private String behind(byte[] header, int firstWrite) throws IOException {
    try (ProxyFixture proxy = new ProxyFixture(behindProxies("127.0.0.0/8"), origin.port());
        Socket client = proxy.connect()) {
      byte[] all = new String(header, ISO_8859_1).concat(GET).getBytes(ISO_8859_1);
      client.setTcpNoDelay(true);
      client.getOutputStream().write(all, 0, firstWrite);
      client.getOutputStream().flush();
      client.getOutputStream().write(all, firstWrite, all.length - firstWrite);
      return new String(client.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    } catch (IOException reset) {
      return "";
    }
  }

  /**
   * UNSPEC, with and without addresses; TCP over nothing known; Unix sockets; UDP; what nobody
   * knows.
   */
  @ParameterizedTest
  @CsvSource({
    "0x00, 0",
    "0x00, 12",
    "0x00, 300",
    "0x01, 0",
    "0x10, 12",
    "0x12, 12",
    "0x22, 36",
    "0x31, 216",
    "0x32, 216",
    "0x31, 3",
    "0x41, 20",
    "0xf1, 0",
    "0xff, 5000"
  })
  void aHeaderAboutNoTcpConnectionIsSkipped(String family, int length) throws Exception {
    byte[] header = header(0x21, Integer.decode(family), length);
    for (int first : new int[] {5, 13, header.length}) {
      assertThat(behind(header, first)).startsWith("HTTP/1.1 200 ");
      assertThat(origin.nextRequest()).contains("\r\nX-Forwarded-For: 127.0.0.1\r\n");
    }
  }

  @Test
  void aHeaderAboutATcpConnectionCounts() throws Exception {
    byte[] header = header(0x21, 0x11, 12);
    header[16] = 10;
    header[19] = 1;
    assertThat(behind(header, 14)).startsWith("HTTP/1.1 200 ");
    assertThat(origin.nextRequest()).contains("\r\nX-Forwarded-For: 10.0.0.1\r\n");
    assertThat(behind("PROXY TCP4 10.0.0.2 10.0.0.3 1 2\r\n".getBytes(US_ASCII), 3))
        .startsWith("HTTP/1.1 200 ");
    assertThat(origin.nextRequest()).contains("\r\nX-Forwarded-For: 10.0.0.2\r\n");
    assertThat(behind(header(0x20, 0x00, 0), 14)).as("LOCAL").startsWith("HTTP/1.1 200 ");
  }

  @Test
  void onlyTrustedProxiesIntroduceClients() throws Exception {
    try (ProxyFixture proxy = new ProxyFixture(behindProxies("10.0.0.0/8"), origin.port())) {
      for (String header : new String[] {"PROXY TCP4 10.0.0.2 10.0.0.3 1 2\r\n", ""}) {
        try (Socket client = proxy.connect()) {
          client.getOutputStream().write((header + GET).getBytes(ISO_8859_1));
          assertThat(client.getInputStream().readAllBytes()).isEmpty();
        } catch (IOException reset) {
          // So it is refused, too.
        }
      }
      await().until(() -> proxy.proxy().traffic().proxyHeadersRefused() == 2);
      assertThat(origin.unreadRequests()).isZero();
    }
  }

  @Test
  void whatIsNoHeaderIsCut() throws Exception {
    assertThat(behind(new byte[0], 1)).isEmpty();
    assertThat(behind(header(0x31, 0x00, 0), 5)).as("version 3").isEmpty();
    assertThat(behind(header(0x2f, 0x00, 0), 5)).as("an unknown command").isEmpty();
    assertThat(behind(header(0x21, 0x11, 3), 5)).as("half an address").isEmpty();
    assertThat(origin.unreadRequests()).isZero();
  }
}
