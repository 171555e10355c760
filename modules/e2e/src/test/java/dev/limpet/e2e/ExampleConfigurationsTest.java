package dev.limpet.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.e2e.fixture.Certificate;
import dev.limpet.e2e.fixture.ChatBackend;
import dev.limpet.e2e.fixture.Child;
import dev.limpet.e2e.fixture.LimpetNode;
import dev.limpet.e2e.fixture.Machine;
import dev.limpet.e2e.fixture.UnderTarget;
import java.io.IOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The configurations to start from, with two servers of Node.js behind them. Only addresses and the
 * times of the checks are others than in the files.
 */
class ExampleConfigurationsTest {

  private static final Path CONFIG = Path.of("..", "..", "config").toAbsolutePath().normalize();
  private static final Path SCRIPT = Path.of("src", "test", "js", "webapp.js").toAbsolutePath();

  @TempDir(factory = UnderTarget.class, cleanup = CleanupMode.ON_SUCCESS)
  static Path directory;

  private static final List<ChatBackend> backends = new ArrayList<>();
  private static SSLContext trust;

  @BeforeAll
  static void startServers() throws Exception {
    backends.add(new ChatBackend("backend-1", directory, SCRIPT));
    backends.add(new ChatBackend("backend-2", directory, SCRIPT));
    Certificate certificate = Certificate.create(directory);
    Files.copy(certificate.certificate(), directory.resolve("localhost.crt"));
    Files.copy(certificate.key(), directory.resolve("localhost.key"));
    trust = trusting(certificate);
  }

  @AfterAll
  static void stopServers() {
    backends.forEach(ChatBackend::close);
  }

  @ParameterizedTest
  @ValueSource(strings = {"nodejs-basic", "nodejs-enhanced"})
  void everythingTheGuideSetsUpIsThere(String file) throws Exception {
    try (LimpetNode node = start(file);
        HttpClient client = client()) {
      HttpResponse<String> plain = get(client, node.url("/webapp/?a=b"));
      assertThat(plain.statusCode()).isEqualTo(301);
      assertThat(plain.headers().firstValue("location"))
          .hasValue("https://127.0.0.1:8443/webapp/?a=b");

      HttpResponse<String> root = get(client, secure(node, "/"));
      assertThat(root.version()).isEqualTo(HttpClient.Version.HTTP_2);
      assertThat(root.statusCode()).isEqualTo(302);
      assertThat(root.headers().firstValue("location")).hasValue("/webapp/");

      HttpResponse<String> page = get(client, secure(node, "/webapp/"));
      assertThat(page.statusCode()).isEqualTo(200);
      assertThat(page.version()).isEqualTo(HttpClient.Version.HTTP_2);
      assertThat(page.body()).contains("Hello world");
      for (int i = 0; i < 10; i++) {
        assertThat(server(get(client, secure(node, "/webapp/")))).isEqualTo(server(page));
      }
      String tunnel = "wss://127.0.0.1:" + node.tlsPort() + "/wstunnel/";
      assertThat(WebSocketEcho.of(client, tunnel, "ahoy")).isEqualTo(server(page) + ": ahoy");
      assertThat(get(client, secure(node, "/other")).statusCode()).isEqualTo(404);
    }
  }

  @Test
  void theBasicOneGoesByAddress() throws Exception {
    try (LimpetNode node = start("nodejs-basic");
        HttpClient one = client();
        HttpClient other = client()) {
      HttpResponse<String> page = get(one, secure(node, "/webapp/"));
      assertThat(page.headers().allValues("set-cookie")).isEmpty();
      assertThat(server(get(other, secure(node, "/webapp/")))).isEqualTo(server(page));
    }
  }

  @Test
  void theEnhancedOneGoesByCookieAndSeesAPageThatIsWrong() throws Exception {
    try (LimpetNode node = start("nodejs-enhanced");
        HttpClient first = client();
        HttpClient second = client()) {
      HttpResponse<String> page = get(first, secure(node, "/webapp/"));
      assertThat(page.headers().allValues("set-cookie"))
          .singleElement()
          .asString()
          .startsWith("srv_id=")
          .contains("Path=/")
          .contains("Secure");
      String other = server(get(second, secure(node, "/webapp/")));
      assertThat(other).as("turn by turn").isNotEqualTo(server(page));

      String broken = server(page);
      greet(first, broken, "Goodbye");
      await("it is suspect")
          .atMost(Duration.ofSeconds(60))
          .until(() -> node.process().output().contains(logged(broken) + " is suspect: "));
      assertThat(node.admin("/api/v1/state").body()).contains("Hello world");
      for (int i = 0; i < 4; i++) {
        try (HttpClient fresh = client()) {
          assertThat(server(get(fresh, secure(node, "/webapp/")))).isEqualTo(other);
        }
      }
      assertThat(server(get(first, secure(node, "/webapp/")))).as("it answers").isEqualTo(broken);
      greet(first, broken, "Hello world");
      await("it is up again")
          .atMost(Duration.ofSeconds(60))
          .until(() -> node.process().output().contains(logged(broken) + " is up"));
      assertThat(server(get(first, secure(node, "/webapp/")))).isEqualTo(broken);
    }
  }

  @Test
  void twoContainersShareClientsByWeight() throws Exception {
    try (LimpetNode node = start("docker-two")) {
      List<String> servers = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        try (HttpClient client = client()) {
          String server = server(get(client, node.url("/")));
          assertThat(server(get(client, node.url("/")))).as("it stays").isEqualTo(server);
          servers.add(server);
        }
      }
      assertThat(Collections.frequency(servers, "backend-1")).isEqualTo(4);
      assertThat(Collections.frequency(servers, "backend-2")).isEqualTo(2);
    }
  }

  /** Libraries that are loaded for its certificates have nothing to say to an operator. */
  @Test
  void theCheckSaysOneLine() throws IOException {
    Path copy =
        Files.copy(CONFIG.resolve("nodejs-enhanced.conf"), directory.resolve("checked.conf"));
    try (Child check = LimpetNode.command(directory, "check", copy.toString())) {
      assertThat(check.awaitExit()).isZero();
      assertThat(check.output())
          .isEqualTo(copy + ": ok (listeners: 2, upstreams: 1, servers: 2)\n");
    }
  }

  /** As in the file but for what a test cannot share with others. */
  private static LimpetNode start(String file) throws IOException {
    Machine tried =
        new Machine("127.0.0.1", "127.0.0.1", List.of(), Map.of("LIMPET_HTTPS_PORT", ":8443"));
    LimpetNode node = new LimpetNode(file, directory, tried);
    node.startFrom(
        Files.readString(CONFIG.resolve(file + ".conf"))
            .replace("0.0.0.0:8080", "127.0.0.1:" + node.port())
            .replace("0.0.0.0:80", "127.0.0.1:" + node.port())
            .replace("0.0.0.0:443", "127.0.0.1:" + node.tlsPort())
            .replace("127.0.0.1:33333", "127.0.0.1:" + backends.get(0).port())
            .replace("127.0.0.1:33334", "127.0.0.1:" + backends.get(1).port())
            .replace("app-1:3000", "127.0.0.1:" + backends.get(0).port())
            .replace("app-2:3000", "127.0.0.1:" + backends.get(1).port())
            .replace("/var/lib/limpet", directory.resolve(file).toString())
            .replace("interval = 5s", "interval = 300ms")
            .replace("timeout = 1s", "timeout = 30s"));
    node.awaitReady();
    return node;
  }

  private static HttpClient client() {
    return HttpClient.newBuilder()
        .sslContext(trust)
        .cookieHandler(new CookieManager())
        .connectTimeout(Duration.ofSeconds(30))
        .build();
  }

  private static String secure(LimpetNode node, String path) {
    return "https://127.0.0.1:" + node.tlsPort() + path;
  }

  private static HttpResponse<String> get(HttpClient client, String url) throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString());
  }

  private static void greet(HttpClient client, String server, String greeting) throws Exception {
    String url = "http://127.0.0.1:" + backend(server).port() + "/?" + greeting.replace(" ", "%20");
    client.send(
        HttpRequest.newBuilder(URI.create(url))
            // With an offer to upgrade to HTTP/2 the server would take it for a WebSocket.
            .version(HttpClient.Version.HTTP_1_1)
            .POST(HttpRequest.BodyPublishers.noBody())
            .build(),
        HttpResponse.BodyHandlers.discarding());
  }

  private static String server(HttpResponse<String> response) {
    return response.headers().firstValue("x-served-by").orElse("nobody");
  }

  /** What the log calls a server. */
  private static String logged(String server) {
    return "nodejs/127.0.0.1:" + backend(server).port();
  }

  private static ChatBackend backend(String server) {
    return backends.stream().filter(b -> b.name().equals(server)).findFirst().orElseThrow();
  }

  private static SSLContext trusting(Certificate certificate)
      throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    try (var in = Files.newInputStream(certificate.certificate())) {
      store.setCertificateEntry(
          "localhost", CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, factory.getTrustManagers(), null);
    return context;
  }
}
