package dev.limpet.proxy.accesslog;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.proxy.fixture.LogLines;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import dev.limpet.testkit.Ports;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the lines say. */
class AccessLogTest {

  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
  private static final String GET = "GET / HTTP/1.1\r\nHost: app.example\r\n\r\n";

  @TempDir private Path directory;

  @Test
  void combinedIsWhatNginxWritesWithOursBehind() {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = fixture("format = combined", origin.port())) {
      proxy.get("/a%2Fb?c=|d", "Referer: http://r.example/", "User-Agent: agent/1 (x)");
      assertThat(LogLines.await(file(), 1))
          .singleElement()
          .asString()
          .matches(
              "127[.]0[.]0[.]1 - - \\[\\d\\d/[A-Z][a-z]{2}/\\d{4}(:\\d\\d){3} [+-]\\d{4}]"
                  + " \"GET /a%2Fb[?]c=[|]d HTTP/1[.]1\" 200 5 \"http://r.example/\""
                  + " \"agent/1 \\(x\\)\" \"app.example\" upstream=app server=app/127.0.0.1:"
                  + origin.port()
                  + " attempts=1 affinity=new total=\\d+[.]\\d{3} connect=\\d+[.]\\d{3}"
                  + " first_byte=\\d+[.]\\d{3} failure=- request_id=[0-9a-f]{32}");
    }
  }

  @Test
  void jsonHasEveryFieldInEveryLine() {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = fixture("format = json", origin.port())) {
      proxy.exchange(
          "PUT /x HTTP/1.0\r\nHost: app.example\r\nUser-Agent: agent/1\r\nContent-Length: 3\r\n\r\nabc");
      Map<String, String> line = LogLines.json(file(), 1);
      assertThat(line.get("time")).matches("\\d{4}-\\d\\d-\\d\\dT(\\d\\d:){2}\\d\\d[.]\\d{3}Z");
      assertThat(line.get("total_ms")).matches("\\d+[.]\\d{3}");
      assertThat(line.get("connect_ms")).matches("\\d+[.]\\d{3}");
      assertThat(line.get("first_byte_ms")).matches("\\d+[.]\\d{3}");
      assertThat(line)
          .containsEntry("node", "node-1")
          .containsEntry("listener", "http")
          .containsEntry("client", "127.0.0.1")
          .containsEntry("method", "PUT")
          .containsEntry("target", "/x")
          .containsEntry("protocol", "HTTP/1.0")
          .containsEntry("status", "200")
          .containsEntry("request_bytes", "3")
          .containsEntry("response_bytes", "5")
          .containsEntry("referer", "null")
          .containsEntry("user_agent", "agent/1")
          .containsEntry("host", "app.example")
          .containsEntry("upstream", "app")
          .containsEntry("server", "app/127.0.0.1:" + origin.port())
          .containsEntry("attempts", "1")
          .containsEntry("affinity", "new")
          .containsEntry("queue_ms", "0.000")
          .containsEntry("failure", "null")
          .containsEntry("tunnel", "null");
      proxy.get("/old");
      assertThat(LogLines.json(file(), 2).keySet()).containsExactlyElementsOf(line.keySet());
    }
  }

  @Test
  void aStreamedResponseIsLoggedWhenItsLastByteHasGoneOut() throws Exception {
    CountDownLatch mayEnd = new CountDownLatch(1);
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  self.write(
                      socket,
                      "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + "x".repeat(40_000));
                  mayEnd.await();
                  self.write(socket, "x".repeat(60_000));
                });
        ProxyFixture proxy = fixture("format = json", origin.port());
        Socket client = proxy.connect()) {
      client.getOutputStream().write(GET.getBytes(US_ASCII));
      client.getInputStream().readNBytes(40_000);
      // What is behind it in the queue is written: it is not there.
      proxy.get("/old");
      assertThat(LogLines.json(file(), 1)).containsEntry("target", "/old");
      mayEnd.countDown();
      assertThat(LogLines.json(file(), 2))
          .containsEntry("target", "/")
          .containsEntry("status", "200")
          .containsEntry("response_bytes", "100000")
          .containsEntry("failure", "null");
    }
  }

  @Test
  void aResponseThatItsServerCutsSaysSo() throws IOException {
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  self.write(
                      socket,
                      "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + "x".repeat(40_000));
                });
        ProxyFixture proxy = fixture("format = json, sample = 0%", origin.port());
        Socket client = proxy.connect()) {
      client.getOutputStream().write(GET.getBytes(US_ASCII));
      assertThat(LogLines.json(file(), 1))
          .containsEntry("status", "200")
          .containsEntry("failure", "RESET")
          .containsEntry("response_bytes", "40000");
    }
  }

  @Test
  void aClientThatLeavesIsLogged() throws Exception {
    CountDownLatch asked = new CountDownLatch(2);
    CountDownLatch over = new CountDownLatch(1);
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  if (self.readRequest(socket).startsWith("GET /stream")) {
                    self.write(
                        socket,
                        "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + "x".repeat(40_000));
                  }
                  asked.countDown();
                  over.await();
                });
        ProxyFixture proxy = fixture("format = json, sample = 0%", origin.port())) {
      Socket streaming = proxy.connect();
      streaming.getOutputStream().write(GET.replace("/ ", "/stream ").getBytes(US_ASCII));
      streaming.getInputStream().readNBytes(40_000);
      Socket waiting = proxy.connect();
      waiting.getOutputStream().write(GET.getBytes(US_ASCII));
      asked.await();
      waiting.setSoLinger(true, 0);
      waiting.close();
      assertThat(LogLines.json(file(), 1))
          .containsEntry("status", "499")
          .containsEntry("failure", "CLIENT_GONE")
          .containsEntry("response_bytes", "0");
      streaming.setSoLinger(true, 0);
      streaming.close();
      assertThat(LogLines.json(file(), 2))
          .containsEntry("target", "/stream")
          .containsEntry("status", "200")
          .containsEntry("failure", "CLIENT_GONE")
          .containsEntry("response_bytes", "40000");
      over.countDown();
    }
  }

  @Test
  void aRequestBodyIsCountedAsItIsSentOn() throws IOException {
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  int ending = 0;
                  while (ending < 5) {
                    ending =
                        socket.getInputStream().read() == "0\r\n\r\n".charAt(ending)
                            ? ending + 1
                            : 0;
                  }
                  self.write(socket, OK);
                });
        ProxyFixture proxy = fixture("format = json", origin.port());
        Socket client = proxy.connect()) {
      String part = "3e8\r\n" + "x".repeat(1000) + "\r\n";
      String head =
          GET.replace("GET", "POST").replace("\r\n\r\n", "\r\nTransfer-Encoding: chunked\r\n\r\n");
      client.getOutputStream().write((head + part.repeat(90) + "0\r\n\r\n").getBytes(US_ASCII));
      assertThat(LogLines.json(file(), 1))
          .containsEntry("status", "200")
          .containsEntry("request_bytes", "90000");
    }
  }

  @Test
  void theWayOfASessionIsToBeSeen() {
    Origin first = Origin.answering(OK);
    try (Origin second = Origin.answering(OK);
        ProxyFixture proxy = fixture("format = json", first.port(), second.port())) {
      String response = proxy.get("/");
      int at = response.indexOf("limpet=");
      String cookie = "Cookie: " + response.substring(at, response.indexOf(';', at));
      assertThat(LogLines.json(file(), 1)).containsEntry("affinity", "new");
      proxy.get("/", cookie);
      assertThat(LogLines.json(file(), 2))
          .containsEntry("affinity", "kept")
          .containsEntry("server", "app/127.0.0.1:" + first.port());
      first.close();
      proxy.get("/", cookie);
      Map<String, String> moved = LogLines.json(file(), 3);
      assertThat(moved)
          .containsEntry("affinity", "moved")
          .containsEntry("server", "app/127.0.0.1:" + second.port());
      assertThat(Integer.parseInt(moved.get("attempts"))).isGreaterThan(1);
    } finally {
      first.close();
    }
  }

  @Test
  void withoutAffinityThereIsNoOutcome() {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy =
            new ProxyFixture(
                "limpet.upstreams.app.affinity.by = []\n"
                    + LogLines.settings(file(), "format = json"),
                origin.port())) {
      proxy.get("/");
      assertThat(LogLines.json(file(), 1)).containsEntry("affinity", "none");
    }
  }

  @Test
  void failuresAreLoggedWhateverTheSampleIs() {
    try (ProxyFixture proxy = fixture("format = json, sample = 0%", Ports.free())) {
      for (int i = 0; i < 20; i++) {
        proxy.get("/old");
      }
      proxy.get("/");
      assertThat(LogLines.json(file(), 1))
          .containsEntry("status", "503")
          .containsEntry("failure", "NO_SERVER")
          .containsEntry("attempts", "1")
          .containsEntry("connect_ms", "null")
          .containsEntry("first_byte_ms", "null");
    }
  }

  @Test
  void theTimeInTheQueueIsToBeSeen() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch mayEnd = new CountDownLatch(1);
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  asked.countDown();
                  mayEnd.await();
                  self.write(socket, OK);
                });
        ProxyFixture proxy =
            new ProxyFixture(
                "test.server.max-connections = 1\n" + LogLines.settings(file(), "format = json"),
                origin.port())) {
      CompletableFuture<String> first = proxy.getLater("/first");
      asked.await();
      CompletableFuture<String> second = proxy.getLater("/second");
      await().until(() -> proxy.upstream().waiting() == 1);
      long from = System.nanoTime();
      await().until(() -> System.nanoTime() - from > 20_000_000);
      mayEnd.countDown();
      CompletableFuture.allOf(first, second).join();
      Map<String, Double> waited =
          LogLines.await(file(), 2).stream()
              .map(LogLines::parse)
              .collect(
                  Collectors.toMap(
                      line -> line.get("target"),
                      line -> Double.parseDouble(line.get("queue_ms"))));
      assertThat(waited.get("/first")).isZero();
      assertThat(waited.get("/second")).isGreaterThanOrEqualTo(20);
    }
  }

  @Test
  void aRefusalNamesItsCause() {
    try (ProxyFixture proxy = fixture("format = json", 1)) {
      proxy.exchange("GET / HTTP/1.1\r\nHost: else.example\r\nConnection: close\r\n\r\n");
      assertThat(LogLines.json(file(), 1))
          .containsEntry("status", "404")
          .containsEntry("failure", "NO_ROUTE")
          .containsEntry("upstream", "null")
          .containsEntry("server", "null")
          .containsEntry("attempts", "0")
          .containsEntry("affinity", "none");
    }
  }

  @Test
  void aTunnelHasALineAtEachEnd() throws IOException {
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  self.write(
                      socket,
                      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
                          + "Upgrade: echo\r\n\r\n");
                  socket.getInputStream().transferTo(socket.getOutputStream());
                });
        ProxyFixture proxy = fixture("format = json", origin.port());
        Socket client = proxy.connect()) {
      client
          .getOutputStream()
          .write(
              GET.replace("\r\n\r\n", "\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
                  .getBytes(US_ASCII));
      assertThat(LogLines.json(file(), 1))
          .containsEntry("status", "101")
          .containsEntry("tunnel", "opened")
          .containsEntry("response_bytes", "0")
          .containsEntry("failure", "null");
      client.getOutputStream().write("over the tunnel".getBytes(US_ASCII));
      client.shutdownOutput();
      client.getInputStream().readAllBytes();
      assertThat(LogLines.json(file(), 2))
          .containsEntry("status", "101")
          .containsEntry("tunnel", "closed")
          .containsEntry("request_bytes", "15")
          .containsEntry("response_bytes", "15");
    }
  }

  private ProxyFixture fixture(String log, int... ports) {
    return new ProxyFixture(LogLines.settings(file(), log), ports);
  }

  private Path file() {
    return directory.resolve("access.log");
  }
}
