package dev.limpet.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import dev.limpet.e2e.fixture.ChatBackend;
import dev.limpet.e2e.fixture.LimpetNode;
import dev.limpet.e2e.fixture.Machine;
import dev.limpet.e2e.fixture.UnderTarget;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** What one node does for its clients and its operator, with little memory to do it in. */
class SingleNodeTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long GIGABYTE = 1_000_000_000L;

  @TempDir(factory = UnderTarget.class, cleanup = CleanupMode.ON_SUCCESS)
  static Path directory;

  private static ChatBackend backend;
  private static LimpetNode node;

  @BeforeAll
  static void start() {
    backend = new ChatBackend("backend-1", directory);
    node = newNode("node-1");
    node.awaitReady();
  }

  @AfterAll
  static void stop() {
    node.close();
    backend.close();
  }

  @Test
  void aGigabyteComesDownThroughASmallHeap() throws IOException {
    try (Socket client = connect()) {
      client.getOutputStream().write(request("GET /bytes?n=" + GIGABYTE, ""));
      assertThat(head(client.getInputStream())).contains("Content-Length: " + GIGABYTE);
      readExactly(client.getInputStream(), GIGABYTE, new CRC32C());
    }
    assertThat(node.process().isAlive()).isTrue();
  }

  @Test
  void aGigabyteGoesUpAndComesBackUnchangedThroughASmallHeap() throws IOException {
    CRC32C sent = new CRC32C();
    CRC32C received = new CRC32C();
    try (Socket client = connect()) {
      CompletableFuture<Void> upload =
          CompletableFuture.runAsync(
              () -> upload(client, sent), task -> Thread.ofVirtual().start(task));
      InputStream in = client.getInputStream();
      assertThat(head(in)).startsWith("HTTP/1.1 200 ");
      assertThat(readChunks(in, received)).isEqualTo(GIGABYTE);
      upload.join();
    }
    assertThat(received.getValue()).isEqualTo(sent.getValue());
  }

  @Test
  void clientsThatDoNotReadHoldBackTheirServersAndNobodyElse() throws IOException {
    List<Socket> stalled = new ArrayList<>();
    try {
      for (int i = 0; i < 40; i++) {
        Socket client = connect();
        stalled.add(client);
        client.getOutputStream().write(request("GET /bytes?n=50000000", ""));
        head(client.getInputStream());
      }
      for (int i = 0; i < 20; i++) {
        assertThat(LimpetNode.get(node.url("/whoami")).statusCode()).isEqualTo(200);
      }
      for (Socket client : stalled) {
        readExactly(client.getInputStream(), 50_000_000, new CRC32C());
      }
    } finally {
      for (Socket client : stalled) {
        client.close();
      }
    }
  }

  @Test
  void theApiShowsTheNodeAndItsServers() throws IOException {
    LimpetNode.get(node.url("/whoami"));
    HttpResponse<String> response = node.admin("/api/v1/state");
    assertThat(response.headers().firstValue("content-type")).hasValue("application/json");
    JsonNode state = JSON.readTree(response.body());
    assertThat(state.at("/node/name").asText()).isEqualTo("node-1");
    assertThat(state.at("/node/ready").asBoolean()).isTrue();
    assertThat(state.at("/node/requests").asLong()).isPositive();
    assertThat(state.at("/members/0/status").asText()).isEqualTo("up");
    JsonNode server = state.at("/upstreams/nodejs/servers/0");
    assertThat(server.path("address").asText()).isEqualTo("127.0.0.1:" + backend.port());
    assertThat(server.path("health").asText()).isEqualTo("up");
    assertThat(server.path("state").asText()).isEqualTo("up");
    assertThat(server.path("active").isInt()).isTrue();
    assertThat(state.at("/sessions/table").isInt()).isTrue();
    assertThat(node.admin("/alive").statusCode()).isEqualTo(200);
    HttpResponse<String> unknown = node.admin("/api/v2");
    assertThat(unknown.statusCode()).isEqualTo(404);
    assertThat(unknown.body()).contains("/api/v1/state");
  }

  @Test
  void theApiSaysWhichCheckOfAServerFailsAndHow() throws IOException {
    try (LimpetNode checking = new LimpetNode("node-5", directory)) {
      checking.start(
          """
          upstreams.nodejs {
            servers = [ { address = "127.0.0.1:%d" } ]
            health.checks = [
              { type = tcp, interval = 500ms }
              { path = "/health", interval = 500ms, match { headers { content-type = "~ text/plain" }, body = "~ ^ok$" } }
              { path = "/health", method = HEAD, interval = 500ms, match.headers { x-powered-by = present } }
            ]
          }
          hosts = [ { routes = [ { path = "/", upstream = nodejs } ] } ]
          """
              .formatted(backend.port()));
      checking.awaitReady();
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(
              () ->
                  assertThat(
                          JSON.readTree(checking.admin("/api/v1/state").body())
                              .at("/upstreams/nodejs/servers/0/reason")
                              .asText())
                      .isEqualTo("HEAD /health: no header x-powered-by"));
      assertThat(LimpetNode.get(checking.url("/whoami")).statusCode())
          .as("where no server is up, all of them are tried")
          .isEqualTo(200);
    }
  }

  /**
   * In settings, in the API's answers, and in its paths, where brackets are to be escaped; as
   * status shows it.
   */
  @Test
  void aServerHasOneIdHoweverItsIpv6AddressIsWritten() throws Exception {
    try (LimpetNode other = new LimpetNode("node-6", directory);
        HttpClient client = HttpClient.newHttpClient()) {
      other.start(
          """
          upstreams.nodejs { servers = [ { address = "[FD00:0::1]:3000" } ], health.enabled = off }
          hosts = [ { routes = [ { path = "/", upstream = nodejs } ] } ]
          """);
      other.awaitReady();
      for (String written :
          List.of("%5Bfd00::1%5D:3000", "%5BFD00:0:0::1%5D:3000", "nodejs/%5Bfd00::1%5D:3000")) {
        HttpResponse<String> changed =
            client.send(
                HttpRequest.newBuilder(
                        URI.create(other.adminUrl("/api/v1/upstreams/nodejs/servers/" + written)))
                    .header("Content-Type", "application/json")
                    .method("PATCH", HttpRequest.BodyPublishers.ofString("{\"state\": \"drain\"}"))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(changed.statusCode()).as(changed.body()).isEqualTo(200);
        assertThat(changed.body()).contains("\"nodejs/[fd00::1]:3000\"");
      }
      assertThat(other.admin("/api/v1/state").body())
          .contains("\"id\":\"nodejs/[fd00::1]:3000\"", "\"address\":\"[fd00::1]:3000\"");
    }
  }

  /** Its trace reaches the collector as well. */
  @Test
  void sigtermLetsARequestInFlightFinish() throws IOException {
    BlockingQueue<String> traces = new LinkedBlockingQueue<>();
    HttpServer collector = collector(traces);
    try (LimpetNode leaving =
        newNode(
            "node-2",
            "tracing { endpoint = \"http://127.0.0.1:%d/v1/traces\", sample = 100%% }"
                .formatted(collector.getAddress().getPort()))) {
      leaving.awaitReady();
      try (Socket client = connect(leaving)) {
        client.getOutputStream().write(request("GET /slow?ms=2000", ""));
        await()
            .until(
                () ->
                    JSON.readTree(leaving.admin("/api/v1/state").body())
                            .at("/upstreams/nodejs/servers/0/active")
                            .asInt()
                        == 1);
        leaving.process().terminate();
        String response =
            new String(client.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        assertThat(response)
            .startsWith("HTTP/1.1 200 ")
            .containsIgnoringCase("connection: close")
            .contains("\"ms\":2000");
      }
      assertThat(leaving.process().awaitExit()).isZero();
      assertThat(leaving.process().output()).contains("node-2 is stopping", "has stopped");
      // In protobuf, texts stand as they are.
      assertThat(String.join("", traces))
          .contains("service.instance.id", "node-2", "/slow", "nodejs/127.0.0.1:" + backend.port())
          .doesNotContain("ms=2000");
    } finally {
      collector.stop(0);
    }
  }

  private static HttpServer collector(BlockingQueue<String> traces) throws IOException {
    HttpServer collector =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    collector.createContext(
        "/v1/traces",
        exchange -> {
          traces.add(
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.ISO_8859_1));
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    collector.start();
    return collector;
  }

  @Test
  void aTakenPortIsNamedAndEndsWithOne() {
    try (LimpetNode second = new LimpetNode("node-3", directory, node.port())) {
      second.start(servers());
      assertThat(second.process().awaitExit()).isEqualTo(1);
      assertThat(second.process().output()).contains("127.0.0.1:" + node.port(), "in use");
    }
  }

  @Test
  void theLogIsJsonWhereTheSettingsSaySoAndBeginsWithWhatRuns() throws IOException {
    Machine nohup = new Machine("127.0.0.1", "127.0.0.1", List.of("nohup"), Map.of());
    try (LimpetNode talker = new LimpetNode("node-4", directory, nohup)) {
      talker.start(servers() + "\nlog.format = json");
      talker.awaitReady();
      List<String> messages = new ArrayList<>();
      for (String line : talker.process().output().lines().toList()) {
        JsonNode json = JSON.readTree(line);
        assertThat(json.path("time").asText()).as(line).matches("20..-..-..T..:..:..[.]...Z");
        assertThat(json.path("node").asText()).isEqualTo("node-4");
        messages.add(json.path("message").asText());
      }
      assertThat(messages.getFirst())
          .matches(
              "limpet .*, Java 25.*, process "
                  + talker.process().pid()
                  + ", settings /.*/node-4.conf");
      assertThat(messages.get(1))
          .matches("limits: 10000 clients .*, [0-9]+ open files .*, heap [0-9]+ MB, 1 event loops");
      assertThat(messages)
          .contains("listener http is open at 127.0.0.1:" + talker.port(), "node-4 is ready")
          .anyMatch(
              line -> line.startsWith("SIGHUP is ignored in a process that was started with it"));
    }
  }

  private static LimpetNode newNode(String name) {
    return newNode(name, "");
  }

  private static LimpetNode newNode(String name, String more) {
    LimpetNode started =
        new LimpetNode(name, directory)
            .jvmOptions("-Xmx64m", "-XX:MaxDirectMemorySize=64m", "-XX:TieredStopAtLevel=1");
    started.start(servers() + more);
    return started;
  }

  private static String servers() {
    return """
        upstreams.nodejs {
          servers = [ { address = "127.0.0.1:%d" } ]
          health {
            path = "/health", host = "chat.internal"
            match { status = "200, 204", headers { content-type = "~ text/plain" }, body = "~ ^ok$" }
          }
        }
        hosts = [ { routes = [ { path = "/", upstream = nodejs } ] } ]
        limits.max-body-size = 0
        """
        .formatted(backend.port());
  }

  private static Socket connect() throws IOException {
    return connect(node);
  }

  private static Socket connect(LimpetNode to) throws IOException {
    Socket client = new Socket(InetAddress.getLoopbackAddress(), to.port());
    client.setSoTimeout(60_000);
    return client;
  }

  private static byte[] request(String line, String headers) {
    return (line + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n")
        .getBytes(StandardCharsets.US_ASCII);
  }

  private static void upload(Socket client, CRC32C sum) {
    try {
      OutputStream out = client.getOutputStream();
      out.write(request("POST /echo", "Content-Length: " + GIGABYTE + "\r\n"));
      byte[] block = new byte[100_000];
      for (int i = 0; i < GIGABYTE / block.length; i++) {
        block[i % block.length]++;
        sum.update(block);
        out.write(block);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int c = in.read();
      if (c < 0) {
        throw new IOException("the connection ended in: " + head);
      }
      head.append((char) c);
    }
    return head.toString();
  }

  /** Reads a chunked body; returns its length. */
  private static long readChunks(InputStream raw, CRC32C sum) throws IOException {
    InputStream in = new BufferedInputStream(raw, 1 << 16);
    long total = 0;
    while (true) {
      StringBuilder line = new StringBuilder();
      for (int c = in.read(); c != '\n'; c = in.read()) {
        if (c < 0) {
          throw new IOException("the body broke off after " + total + " bytes");
        }
        line.append((char) c);
      }
      int size = Integer.parseInt(line.toString().strip(), 16);
      byte[] chunk = in.readNBytes(size + 2);
      if (size == 0) {
        return total;
      }
      sum.update(chunk, 0, size);
      total += size;
    }
  }

  private static void readExactly(InputStream in, long length, CRC32C sum) throws IOException {
    byte[] block = new byte[1 << 16];
    long left = length;
    while (left > 0) {
      int n = in.read(block, 0, (int) Math.min(block.length, left));
      if (n < 0) {
        throw new IOException("the body broke off, " + left + " bytes are missing");
      }
      sum.update(block, 0, n);
      left -= n;
    }
  }
}
