package dev.limpet.proxy.http2;

import static dev.limpet.proxy.fixture.Http2Client.END_STREAM;
import static dev.limpet.proxy.http2.WebSockets.agreement;
import static dev.limpet.proxy.http2.WebSockets.connect;
import static dev.limpet.proxy.http2.WebSockets.echo;
import static dev.limpet.proxy.http2.WebSockets.head;
import static dev.limpet.proxy.http2.WebSockets.readTo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.proxy.fixture.Heap;
import dev.limpet.proxy.fixture.Http2Client;
import dev.limpet.proxy.fixture.Http2Client.Response;
import dev.limpet.proxy.fixture.LogLines;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * WebSockets over HTTP/2 (RFC 8441): streams that become tunnels to servers that speak HTTP/1.1.
 */
class Http2WebSocketTest {

  /** Machines are slow at times, and clients here have thought for as long. */
  private static final String PATIENT = "test.listener.timeouts.keep-alive = 5m";

  @TempDir Path directory;

  @Test
  void nodesClientHasItsWebSocket() throws Exception {
    Path script = directory.resolve("http2-websocket.js");
    try (InputStream source =
        Objects.requireNonNull(
            Http2WebSocketTest.class.getResourceAsStream("/http2-websocket.js"))) {
      Files.write(script, source.readAllBytes());
    }
    try (Origin origin = echo("");
        ProxyFixture proxy = new ProxyFixture(PATIENT, origin.port())) {
      int port = proxy.proxy().addresses().getFirst().getPort();
      Process node =
          new ProcessBuilder("node", script.toString(), Integer.toString(port))
              .redirectErrorStream(true)
              .start();
      String output = new String(node.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      assertThat(output).isEqualTo("offered true\nstatus 200 chat\ngot hello and goodbye\n");
      assertThat(origin.nextRequest())
          .startsWith("GET /ws?a=b HTTP/1.1\r\nHost: app.example\r\n")
          .containsOnlyOnce("\r\nsec-websocket-version: 13\r\n")
          .containsIgnoringCase("\r\nConnection: Upgrade\r\n")
          .containsIgnoringCase("\r\nUpgrade: websocket\r\n");
    }
  }

  @Test
  void theServersAgreementIsA200WithTheSessionsCookie() throws Exception {
    try (Origin origin = echo("first:");
        ProxyFixture proxy = new ProxyFixture(PATIENT, origin.port());
        Http2Client client = new Http2Client(proxy)) {
      int stream = connect(client);
      readTo(client, stream, "first:");
      Response response = client.of(stream);
      assertThat(response.status()).isEqualTo("200");
      assertThat(response.header("set-cookie")).startsWith("limpet=");
      assertThat(response.header("sec-websocket-protocol")).isEqualTo("chat");
      assertThat(response.header("sec-websocket-accept")).isEmpty();
      assertThat(response.header("upgrade")).isEmpty();
      assertThat(response.header("content-length")).isEmpty();
      assertThat(origin.nextRequest())
          .containsOnlyOnce("Sec-WebSocket-Key: ")
          .doesNotContain("of-no-meaning-here");
      client.data(stream, 0, "then".getBytes(StandardCharsets.US_ASCII));
      readTo(client, stream, "first:then");
      client.data(stream, END_STREAM, ".".getBytes(StandardCharsets.US_ASCII));
      assertThat(client.response(stream).text()).isEqualTo("first:then.");
      assertThat(client.of(stream).reset).isNull();
      await()
          .until(
              () ->
                  proxy.proxy().traffic().activeRequests().values().stream().allMatch(n -> n == 0));
    }
  }

  @Test
  void eachDirectionEndsByItself() throws Exception {
    CompletableFuture<String> heard = new CompletableFuture<>();
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.write(socket, agreement(self.readRequest(socket)) + "bye");
                  socket.shutdownOutput();
                  heard.complete(
                      new String(
                          socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII));
                });
        ProxyFixture proxy = new ProxyFixture(PATIENT, origin.port());
        Http2Client client = new Http2Client(proxy)) {
      int stream = connect(client);
      while (!client.of(stream).ended) {
        client.read();
      }
      client.data(stream, END_STREAM, "still here".getBytes(StandardCharsets.US_ASCII));
      assertThat(heard.get(60, TimeUnit.SECONDS)).isEqualTo("still here");
      assertThat(client.of(stream).text()).isEqualTo("bye");
    }
  }

  @Test
  void aServerThatClosesEndsTheStreamAndTheOthersGoOn() throws Exception {
    try (Origin origin =
            new Origin(
                (self, socket) -> self.write(socket, agreement(self.readRequest(socket)) + "bye"));
        ProxyFixture proxy = new ProxyFixture(PATIENT, origin.port());
        Http2Client client = new Http2Client(proxy)) {
      int stream = connect(client);
      while (!client.of(stream).ended) {
        client.read();
      }
      assertThat(client.of(stream).text()).isEqualTo("bye");
      int second = connect(client);
      readTo(client, second, "bye");
    }
  }

  @Test
  void aResetClosesTheServersConnection() throws Exception {
    CompletableFuture<Integer> end = new CompletableFuture<>();
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.write(socket, agreement(self.readRequest(socket)) + "hi");
                  end.complete(endOf(socket));
                });
        ProxyFixture proxy = new ProxyFixture(PATIENT, origin.port());
        Http2Client client = new Http2Client(proxy)) {
      int stream = connect(client);
      readTo(client, stream, "hi");
      client.reset(stream);
      assertThat(end.get(60, TimeUnit.SECONDS)).isEqualTo(-1);
    }
  }

  @Test
  void aConnectionThatGoesTakesItsTunnelsWithIt() throws Exception {
    CompletableFuture<Integer> end = new CompletableFuture<>();
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.write(socket, agreement(self.readRequest(socket)) + "hi");
                  end.complete(endOf(socket));
                });
        ProxyFixture proxy = new ProxyFixture(PATIENT, origin.port())) {
      try (Http2Client client = new Http2Client(proxy)) {
        readTo(client, connect(client), "hi");
      }
      assertThat(end.get(60, TimeUnit.SECONDS)).isEqualTo(-1);
      await()
          .until(
              () ->
                  proxy.proxy().traffic().activeRequests().values().stream().allMatch(n -> n == 0));
    }
  }

  private static int endOf(Socket socket) {
    try {
      return socket.getInputStream().read();
    } catch (IOException reset) {
      return -1;
    }
  }

  @Test
  void anIdleTunnelIsCutAfterItsTimeAndNotBefore() throws Exception {
    try (Origin origin = echo("hi");
        ProxyFixture proxy =
            new ProxyFixture(
                "limpet.upstreams.app.timeouts.tunnel = 1s\n"
                    + "test.listener.timeouts { idle = 500ms, keep-alive = 500ms }",
                origin.port());
        Http2Client client = new Http2Client(proxy)) {
      long begun = System.nanoTime();
      int stream = connect(client);
      assertThat(client.response(stream).reset).isEqualTo(Http2Error.CANCEL);
      assertThat(System.nanoTime() - begun).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(900));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno=403",
        "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n=302",
        "HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 14\r\nContent-Length: 0\r\n\r\n=426",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi=502",
        "HTTP/1.1 200 OK\r\n\r\nhi=502",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n=502",
        "HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n=502"
      })
  void anotherAnswerIsTheResponse(String answer) throws Exception {
    int equals = answer.lastIndexOf('=');
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  self.write(socket, answer.substring(0, equals));
                });
        ProxyFixture proxy = new ProxyFixture(PATIENT, origin.port());
        Http2Client client = new Http2Client(proxy)) {
      int stream = connect(client);
      assertThat(client.response(stream).status()).isEqualTo(answer.substring(equals + 1));
      assertThat(client.response(connect(client)).status()).isEqualTo(answer.substring(equals + 1));
      await()
          .until(
              () ->
                  proxy.proxy().traffic().activeRequests().values().stream().allMatch(n -> n == 0));
    }
  }

  @Test
  void whatIsNoExtendedConnectIsRefused() throws Exception {
    try (Origin origin = echo("");
        ProxyFixture proxy = new ProxyFixture(PATIENT, origin.port());
        Http2Client client = new Http2Client(proxy)) {
      assertThat(exchange(client, head().method("GET")).reset).isEqualTo(Http2Error.PROTOCOL_ERROR);
      assertThat(exchange(client, head().set(":protocol", "connect-udp")).status())
          .isEqualTo("501");
      Http2Headers nowhere = head();
      nowhere.remove(":path");
      assertThat(exchange(client, nowhere).reset).isEqualTo(Http2Error.PROTOCOL_ERROR);
      assertThat(exchange(client, head().add("content-length", "3")).status()).isEqualTo("400");
      assertThat(origin.unreadRequests()).isZero();
    }
  }

  private static Response exchange(Http2Client client, Http2Headers head) throws IOException {
    int stream = client.nextStream();
    client.headers(stream, 0, head);
    return client.response(stream);
  }

  @Test
  void muchGoesBothWaysInOrder() throws Exception {
    try (Origin origin = echo("");
        ProxyFixture proxy = new ProxyFixture(PATIENT, origin.port());
        Http2Client client = new Http2Client(proxy)) {
      int stream = connect(client);
      byte[] block = new byte[10_000];
      for (int i = 0; i < block.length; i++) {
        block[i] = (byte) ('a' + i % 26);
      }
      int blocks = 300;
      for (int i = 1; i <= blocks; i++) {
        client.data(stream, i == blocks ? END_STREAM : 0, block);
      }
      byte[] got = client.response(stream).body.toByteArray();
      assertThat(got).hasSize(blocks * block.length);
      for (int i = 0; i < got.length; i++) {
        if (got[i] != block[i % block.length]) {
          throw new AssertionError("another byte at " + i);
        }
      }
      assertThat(client.hasHeardGoAway()).isFalse();
    }
  }

  @Test
  void aClientThatDoesNotReadHoldsItsServerBack() throws Exception {
    AtomicLong written = new AtomicLong();
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.write(socket, agreement(self.readRequest(socket)));
                  byte[] block = new byte[64 * 1024];
                  while (written.addAndGet(block.length) < 1_000_000_000) {
                    socket.getOutputStream().write(block);
                  }
                });
        ProxyFixture proxy = new ProxyFixture(PATIENT, origin.port());
        Http2Client client = new Http2Client(proxy).thatDoesNotRead()) {
      int stream = connect(client);
      while (client.of(stream).body.size() < 65_535) {
        client.read();
      }
      AtomicLong last = new AtomicLong(-1);
      await()
          .pollInterval(Duration.ofMillis(300))
          .until(() -> last.getAndSet(written.get()) == written.get());
      assertThat(written.get()).as("what buffers hold").isLessThan(32 << 20);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"reset", "client", "server"})
  void nothingIsLeftOfATunnel(String endedBy) throws Exception {
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.write(socket, agreement(self.readRequest(socket)) + "hi");
                  // Goes first if it hears one byte, or else last.
                  int heard = socket.getInputStream().read();
                  assertThat(heard).isIn(-1, (int) '.');
                });
        ProxyFixture proxy = new ProxyFixture(PATIENT, origin.port());
        Http2Client client = new Http2Client(proxy)) {
      for (int i = 0; i < 20; i++) {
        int stream = connect(client);
        readTo(client, stream, "hi");
        switch (endedBy) {
          case "reset" -> client.reset(stream);
          case "client" -> client.data(stream, END_STREAM, new byte[0]);
          default -> client.data(stream, 0, new byte[] {'.'});
        }
        if (!endedBy.equals("reset")) {
          client.response(stream);
        }
        if (endedBy.equals("server")) {
          client.data(stream, END_STREAM, new byte[0]);
        }
      }
      await()
          .untilAsserted(
              () ->
                  assertThat(Heap.instances("dev.limpet.transport.tunnel.StreamTunnel"))
                      .isLessThan(5));
      await()
          .untilAsserted(
              () ->
                  assertThat(Heap.instances("dev.limpet.transport.tunnel.TunnelEnd"))
                      .isLessThan(5));
    }
  }

  @Test
  void aTunnelHasALineInTheLogAtEachEnd() throws Exception {
    Path log = directory.resolve("access.log");
    try (Origin origin = echo("first:");
        ProxyFixture proxy =
            new ProxyFixture(
                PATIENT + "\n" + LogLines.settings(log, "format = json"), origin.port());
        Http2Client client = new Http2Client(proxy)) {
      int stream = connect(client);
      readTo(client, stream, "first:");
      assertThat(LogLines.json(log, 1))
          .containsEntry("protocol", "HTTP/2.0")
          .containsEntry("target", "/ws?a=b")
          .containsEntry("status", "101")
          .containsEntry("tunnel", "opened");
      client.data(stream, END_STREAM, "hello".getBytes(StandardCharsets.US_ASCII));
      client.response(stream);
      assertThat(LogLines.json(log, 2))
          .containsEntry("tunnel", "closed")
          .containsEntry("request_bytes", "5")
          .containsEntry("response_bytes", "11");
    }
  }

  @Test
  void aNodeThatDrainsEndsTunnelsInTime() throws Exception {
    try (Origin origin = echo("hi");
        ProxyFixture proxy = new ProxyFixture(PATIENT, origin.port());
        Http2Client client = new Http2Client(proxy)) {
      int stream = connect(client);
      readTo(client, stream, "hi");
      CompletionStage<?> drained = proxy.proxy().drain(Duration.ZERO, Duration.ofSeconds(5));
      while (!client.of(stream).ended) {
        client.read();
      }
      assertThat(client.goAway()).isEqualTo(Http2Error.NO_ERROR);
      drained.toCompletableFuture().get(60, TimeUnit.SECONDS);
    }
  }
}
