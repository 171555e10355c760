package dev.limpet.proxy.clients;

import static dev.limpet.testkit.RawText.readUntil;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.limpet.proxy.fixture.HeldOrigin;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients notice that are slow, or whose requests take too long. */
class ClientTimeoutsTest {

  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
  private static final String GET = "GET / HTTP/1.1\r\nHost: app.example\r\n\r\n";
  private static final String CHUNKED =
      "POST / HTTP/1.1\r\nHost: app.example\r\nTransfer-Encoding: chunked\r\n\r\n";
  private static final String IDLE =
      "test.listener.timeouts { idle = 400ms, keep-alive = 5m }\n"
          + "limpet.upstreams.app.timeouts { first-byte = 30s, idle = 30s }\n";

  @Test
  void aBodyThatDoesNotComeIsA408AndFreesTheServer() throws Exception {
    CompletableFuture<Void> freed = new CompletableFuture<>();
    try (Origin origin = reading(freed);
        ProxyFixture proxy = new ProxyFixture(IDLE, origin.port());
        Socket client = send(proxy, post(90_000) + "x".repeat(20_000))) {
      String response = readAll(client);
      assertThat(response)
          .startsWith("HTTP/1.1 408 ")
          .contains("\r\nConnection: close\r\n")
          .containsOnlyOnce("HTTP/1.1");
      freed.get(60, TimeUnit.SECONDS);
      await().until(() -> proxy.proxy().traffic().activeRequests().values().contains(0));
    }
  }

  /** A byte now and then is no upload. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aBodyThatDripsIsA408(boolean chunked) throws Exception {
    CompletableFuture<Void> freed = new CompletableFuture<>();
    String head = chunked ? CHUNKED : post(90_000);
    try (Origin origin = reading(freed);
        ProxyFixture proxy = new ProxyFixture(IDLE, origin.port());
        Socket client = send(proxy, head)) {
      drip(client, chunked ? "1\r\nx\r\n" : "x", freed);
      assertThat(readAll(client)).startsWith("HTTP/1.1 408 ").containsOnlyOnce("HTTP/1.1");
    }
  }

  @Test
  void aBodyThatDripsIsWaitedForWhereThereIsNoLeastRate() throws Exception {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy =
            new ProxyFixture(
                IDLE + "test.listener { timeouts.idle = 1s, min-body-rate = 0 }\n", origin.port());
        Socket client = send(proxy, post(12))) {
      for (int i = 0; i < 12; i++) {
        client.getOutputStream().write('x');
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(150));
      }
      assertThat(readSome(client, 12)).isEqualTo("HTTP/1.1 200");
    }
  }

  /**
   * It is the server that keeps this client from sending, for longer than it may be slow itself.
   */
  @Test
  void anUploadThatTheServerSlowsIsNotCut() throws Exception {
    int length = 12 << 20;
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  InputStream in = socket.getInputStream();
                  readUntil(socket, "\r\n\r\n");
                  LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(7000));
                  in.readNBytes(length);
                  self.write(socket, OK);
                });
        ProxyFixture proxy =
            new ProxyFixture(
                IDLE
                    + "limpet.limits.max-body-size = 0\n"
                    + "test.listener { timeouts.idle = 4s, min-body-rate = 1000 }\n",
                origin.port());
        Socket client = send(proxy, post(length))) {
      client.getOutputStream().write("x".repeat(length).getBytes(US_ASCII));
      assertThat(readSome(client, 12)).isEqualTo("HTTP/1.1 200");
    }
  }

  /**
   * Whatever comes before it, and however it comes: the clock runs from the moment of connecting.
   */
  @Test
  void theFirstHeadHasItsTimeFromTheConnectionOn() throws Exception {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy =
            new ProxyFixture(
                "test.listener.timeouts { head = 4s, keep-alive = 5m }\n", origin.port());
        Socket silent = proxy.connect();
        Socket late = proxy.connect();
        Socket served = proxy.connect()) {
      long begun = System.nanoTime();
      served.getOutputStream().write(GET.getBytes(US_ASCII));
      readUntil(served, "hello");
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2000));
      late.getOutputStream().write("GET / HT".getBytes(US_ASCII));
      assertThat(readAll(late)).startsWith("HTTP/1.1 408 ");
      assertThat(silent.getInputStream().read()).isEqualTo(-1);
      assertThat(Duration.ofNanos(System.nanoTime() - begun))
          .as("not 4 s after its first byte")
          .isLessThan(Duration.ofMillis(5_900));
      served.getOutputStream().write(GET.getBytes(US_ASCII));
      assertThat(readUntil(served, "hello")).as("it has been served before").contains(" 200 ");
    }
  }

  /** Slower than the server's own idle timeout would have it, too. */
  @Test
  void aBodyThatComesSlowlyIsWaitedFor() throws Exception {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy =
            new ProxyFixture(
                IDLE
                    + "limpet.upstreams.app.timeouts { first-byte = 500ms, idle = 500ms }\n"
                    + "test.listener.timeouts.idle = 5s\n",
                origin.port());
        Socket client = send(proxy, post(50_000))) {
      for (int i = 0; i < 5; i++) {
        client.getOutputStream().write("x".repeat(10_000).getBytes(US_ASCII));
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(700));
      }
      assertThat(readSome(client, 12)).isEqualTo("HTTP/1.1 200");
    }
  }

  @Test
  void aServerThatIsSlowIsNotTheClientsFault() throws Exception {
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(900));
                  self.write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n");
                  self.write(socket, "x".repeat(30_000));
                  LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(900));
                  self.write(socket, "x".repeat(30_000));
                });
        ProxyFixture proxy = new ProxyFixture(IDLE, origin.port())) {
      assertThat(proxy.get("/")).startsWith("HTTP/1.1 200 ").endsWith("x".repeat(60_000));
    }
  }

  @Test
  void aClientThatTakesNothingOfItsResponseIsCutAndFreesTheServer() throws Exception {
    CompletableFuture<Void> freed = new CompletableFuture<>();
    try (Origin origin = endless(freed);
        ProxyFixture proxy = new ProxyFixture(IDLE, origin.port());
        Socket client = send(proxy, "GET / HTTP/1.1\r\nHost: app.example\r\n\r\n")) {
      freed.get(60, TimeUnit.SECONDS);
      await().until(() -> proxy.proxy().traffic().connections() == 0);
      assertThatThrownBy(() -> client.getInputStream().readAllBytes())
          .isInstanceOf(SocketException.class);
    }
  }

  @Test
  void aClientThatTakesItsResponseSlowlyGetsAllOfIt() throws Exception {
    int length = 24 << 20;
    try (Origin origin =
            Origin.answering(
                "HTTP/1.1 200 OK\r\nContent-Length: " + length + "\r\n\r\n" + "x".repeat(length));
        ProxyFixture proxy =
            new ProxyFixture(IDLE + "test.listener.timeouts.idle = 1s\n", origin.port());
        Socket client = send(proxy, "GET / HTTP/1.1\r\nHost: app.example\r\n\r\n")) {
      InputStream in = client.getInputStream();
      long received = 0;
      while (received < length) {
        received += in.readNBytes(2 << 20).length;
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
      }
      assertThat(received).isGreaterThanOrEqualTo(length);
    }
  }

  @Test
  void aRequestThatTakesTooLongIsA504() throws Exception {
    try (HeldOrigin origin = new HeldOrigin();
        ProxyFixture proxy =
            new ProxyFixture(
                "limpet.upstreams.app.timeouts { request = 1s, first-byte = 30s }\n"
                    + "test.server.max-connections = 1\n",
                origin.port())) {
      CompletableFuture<String> served = proxy.getLater("/");
      origin.next();
      CompletableFuture<String> waits = proxy.getLater("/");
      assertThat(served.join()).startsWith("HTTP/1.1 504 ");
      assertThat(waits.join()).as("it has waited for room").startsWith("HTTP/1.1 504 ");
      origin.answer(10);
      assertThat(proxy.get("/after")).startsWith("HTTP/1.1 200 ");
      assertThat(proxy.upstream().waiting()).isZero();
    }
  }

  @Test
  void aResponseThatTakesTooLongIsCut() throws Exception {
    CompletableFuture<Void> freed = new CompletableFuture<>();
    try (Origin origin = endless(freed);
        ProxyFixture proxy =
            new ProxyFixture("limpet.upstreams.app.timeouts.request = 1s\n", origin.port());
        Socket client = send(proxy, "GET / HTTP/1.1\r\nHost: app.example\r\n\r\n")) {
      assertThat(readSome(client, 12)).isEqualTo("HTTP/1.1 200");
      assertThat(readUntil(client, "\r\n\r\n")).contains("\r\nTransfer-Encoding: chunked\r\n");
      assertThat(readEnd(client)).as("chunks without a last one").doesNotEndWith("\r\n0\r\n\r\n");
      freed.get(60, TimeUnit.SECONDS);
    }
  }

  @Test
  void theTimeOfARequestIsNotThatOfATunnel() throws Exception {
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
        ProxyFixture proxy =
            new ProxyFixture(IDLE + "limpet.upstreams.app.timeouts.request = 1s\n", origin.port());
        Socket client =
            send(
                proxy,
                "GET / HTTP/1.1\r\nHost: app.example\r\nConnection: Upgrade\r\n"
                    + "Upgrade: echo\r\n\r\n")) {
      assertThat(readSome(client, 12)).isEqualTo("HTTP/1.1 101");
      for (int i = 0; i < 6; i++) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(250));
        client.getOutputStream().write("ping.".getBytes(US_ASCII));
        readUntil(client, "ping.");
      }
    }
  }

  @Test
  void aConnectionCarriesSoManyRequestsAndIsClosed() throws Exception {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture("test.listener.max-requests = 3\n", origin.port());
        Socket client = proxy.connect()) {
      for (int i = 1; i <= 3; i++) {
        client
            .getOutputStream()
            .write("GET / HTTP/1.1\r\nHost: app.example\r\n\r\n".getBytes(US_ASCII));
        assertThat(readUntil(client, "hello").contains("\r\nConnection: close\r\n"))
            .as("response %s is the last", i)
            .isEqualTo(i == 3);
      }
      assertThat(client.getInputStream().read()).isEqualTo(-1);
    }
  }

  /** Until it is over, or the client has been patient for long. */
  private static void drip(Socket client, String drop, CompletableFuture<Void> over) {
    for (int i = 0; i < 100 && !over.isDone(); i++) {
      try {
        client.getOutputStream().write(drop.getBytes(US_ASCII));
      } catch (IOException cut) {
        return;
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
    }
  }

  /** A server that reads all it gets, and tells when its connection is closed. */
  private static Origin reading(CompletableFuture<Void> closed) {
    return new Origin(
        (self, socket) -> {
          try {
            socket.getInputStream().transferTo(OutputStream.nullOutputStream());
          } finally {
            closed.complete(null);
          }
        });
  }

  /** A server whose response has no end, and which tells when its connection is closed. */
  private static Origin endless(CompletableFuture<Void> closed) {
    return new Origin(
        (self, socket) -> {
          self.readRequest(socket);
          try {
            self.write(socket, "HTTP/1.1 200 OK\r\n\r\n");
            while (true) {
              self.write(socket, "x".repeat(100_000));
            }
          } finally {
            closed.complete(null);
          }
        });
  }

  private static String post(int length) {
    return "POST / HTTP/1.1\r\nHost: app.example\r\nContent-Length: " + length + "\r\n\r\n";
  }

  private static Socket send(ProxyFixture proxy, String request) throws IOException {
    Socket client = proxy.connect();
    client.getOutputStream().write(request.getBytes(US_ASCII));
    return client;
  }

  private static String readAll(Socket client) throws IOException {
    return new String(client.getInputStream().readAllBytes(), US_ASCII);
  }

  /** The last bytes of what may be gigabytes. */
  private static String readEnd(Socket client) throws IOException {
    InputStream in = client.getInputStream();
    byte[] block = new byte[1 << 16];
    String end = "";
    for (int count = in.read(block); count >= 0; count = in.read(block)) {
      String more = end + new String(block, 0, count, US_ASCII);
      end = more.substring(Math.max(0, more.length() - 16));
    }
    return end;
  }

  private static String readSome(Socket client, int length) throws IOException {
    return new String(client.getInputStream().readNBytes(length), US_ASCII);
  }
}
