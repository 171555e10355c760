package dev.limpet.proxy;

import dev.limpet.testkit.Origin;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

import static dev.limpet.testkit.RawText.readUntil;
import static dev.limpet.testkit.RawText.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** What becomes of connections that change their protocol, with raw bytes on both ends. */
class UpgradeTest {

  private static final String REQUEST =
      "GET / HTTP/1.1\r\nHost: app.example\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n";

  private static final String AGREED =
      "HTTP/1.1 101 Why Not\r\nconnection: Upgrade\r\nUpgrade: echo\r\n"
          + "Sec-WebSocket-Extensions: x; y=1\r\n\r\n";

  /** Says what it is told behind the 101, then whatever it hears. */
  private static Origin echo(String first) {
    return new Origin(
        (self, socket) -> {
          self.readRequest(socket);
          self.write(socket, AGREED + first);
          socket.getInputStream().transferTo(socket.getOutputStream());
        });
  }

  @Test
  void theAgreementGoesThroughAsTheServerWroteItWithTheSessionsCookie() throws IOException {
    try (Origin origin = echo("first:");
        ProxyFixture proxy = new ProxyFixture(origin.port());
        Socket socket = proxy.connect()) {
      write(socket, REQUEST);
      assertThat(readUntil(socket, "first:"))
          .startsWith(AGREED.substring(0, AGREED.length() - 2) + "Set-Cookie: limpet=");
      write(socket, "over the tunnel.");
      assertThat(readUntil(socket, ".")).isEqualTo("over the tunnel.");
      socket.shutdownOutput();
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void anAgreementThatRevealsASessionWaitsForTheTable() throws IOException {
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  self.write(
                      socket,
                      AGREED.replace("\r\n\r\n", "\r\nSet-Cookie: connect.sid=one\r\n\r\n") + "first:");
                });
        ProxyFixture proxy =
            new ProxyFixture("limpet.upstreams.app.affinity.by = [ learn ]", origin.port());
        Socket socket = proxy.connect()) {
      CompletableFuture<?> gate = proxy.cluster().sessions().slow("bind");
      write(socket, REQUEST);
      await().until(() -> proxy.cluster().sessions().calls().contains("bind"));
      assertThat(socket.getInputStream().available()).isZero();
      gate.complete(null);
      assertThat(readUntil(socket, "first:")).contains("connect.sid=one");
    }
  }

  @Test
  void aClientThatLeavesBeforeTheTableAnswersLeavesNoTunnel() throws Exception {
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  self.write(
                      socket,
                      AGREED.replace("\r\n\r\n", "\r\nSet-Cookie: connect.sid=one\r\n\r\n"));
                  int end = socket.getInputStream().read();
                  assertThat(end).isEqualTo(-1);
                });
        ProxyFixture proxy =
            new ProxyFixture("limpet.upstreams.app.affinity.by = [ learn ]", origin.port());
        Socket socket = proxy.connect()) {
      CompletableFuture<?> gate = proxy.cluster().sessions().slow("bind");
      write(socket, REQUEST);
      await().until(() -> proxy.cluster().sessions().calls().contains("bind"));
      socket.setSoLinger(true, 0);
      socket.close();
      await().until(() -> proxy.proxy().traffic().connections() == 0);
      gate.complete(null);
      await()
          .untilAsserted(
              () -> assertThat(proxy.proxy().traffic().activeRequests().values()).containsOnly(0));
    }
  }

  /** Several times, for whether the request comes in one read is up to the kernel. */
  @RepeatedTest(5)
  void bytesThatAClientSendsAheadOfTheAgreementAreNotLost() throws IOException {
    try (Origin origin = echo("");
        ProxyFixture proxy = new ProxyFixture(origin.port());
        Socket socket = proxy.connect()) {
      write(socket, REQUEST + "too ");
      write(socket, "early.");
      assertThat(readUntil(socket, "early.")).endsWith("\r\n\r\ntoo early.");
    }
  }

  @Test
  void aSideThatHasSaidAllStillHearsTheOther() throws IOException {
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  self.write(socket, AGREED);
                  String all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
                  self.write(socket, "heard " + all);
                });
        ProxyFixture proxy = new ProxyFixture(origin.port());
        Socket socket = proxy.connect()) {
      write(socket, REQUEST);
      readUntil(socket, "\r\n\r\n");
      write(socket, "everything");
      socket.shutdownOutput();
      assertThat(readUntil(socket, "everything")).isEqualTo("heard everything");
    }
  }

  @Test
  void whoeverDoesNotReadHoldsTheOtherSideBack() throws Exception {
    CompletableFuture<Long> written = new CompletableFuture<>();
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  self.write(socket, AGREED);
                  byte[] block = new byte[64 * 1024];
                  long sum = 0;
                  try {
                    while (sum < 1L << 30) {
                      socket.getOutputStream().write(block);
                      sum += block.length;
                    }
                  } finally {
                    written.complete(sum);
                  }
                });
        ProxyFixture proxy =
            new ProxyFixture("limpet.upstreams.app.timeouts.tunnel = 1s", origin.port());
        Socket socket = proxy.connect()) {
      write(socket, REQUEST);
      readUntil(socket, "\r\n\r\n");
      assertThat(written.get(15, TimeUnit.SECONDS))
          .as("what the kernel's buffers hold until the tunnel is cut as idle")
          .isLessThan(64 << 20);
    }
  }

  @Test
  void aTunnelWithoutABytePassesItsLimitAndTheServerIsFreeAgain() throws IOException {
    try (Origin origin = echo("");
        ProxyFixture proxy =
            new ProxyFixture("limpet.upstreams.app.timeouts.tunnel = 300ms", origin.port());
        Socket socket = proxy.connect()) {
      write(socket, REQUEST);
      readUntil(socket, "\r\n\r\n");
      assertThat(activeRequests(proxy)).isEqualTo(1);
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
      await().until(() -> activeRequests(proxy) == 0);
    }
  }

  /** While it is idle it costs two channels, and nothing of HTTP. */
  @Test
  void aTunnelKeepsNoStreamInMemory() throws Exception {
    List<Socket> sockets = new ArrayList<>();
    try (Origin origin = echo("");
        ProxyFixture proxy = new ProxyFixture(origin.port())) {
      for (int i = 0; i < 50; i++) {
        Socket socket = proxy.connect();
        sockets.add(socket);
        write(socket, REQUEST);
        readUntil(socket, "\r\n\r\n");
      }
      assertThat(activeRequests(proxy)).isEqualTo(50);
      assertThat(Heap.instances("akka.stream.impl.fusing.GraphInterpreter")).isLessThan(25);
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  @Test
  void aServerThatDiesEndsItsTunnels() throws IOException {
    try (Origin origin = echo("");
        ProxyFixture proxy = new ProxyFixture(origin.port());
        Socket socket = proxy.connect()) {
      write(socket, REQUEST);
      readUntil(socket, "\r\n\r\n");
      origin.close();
      assertThat(endOf(socket)).isEqualTo(-1);
    }
  }

  /** The client leaves in the instant in which the server agrees. */
  @RepeatedTest(20)
  void aClientThatLeavesAtOnceLeavesNothingBehind() throws Exception {
    CompletableFuture<Integer> serverSaw = new CompletableFuture<>();
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  self.write(socket, AGREED);
                  serverSaw.complete(endOf(socket));
                });
        ProxyFixture proxy = new ProxyFixture(origin.port())) {
      Socket socket = proxy.connect();
      socket.setSoLinger(true, 0);
      write(socket, REQUEST);
      origin.nextRequest();
      socket.close();
      assertThat(serverSaw.get(10, TimeUnit.SECONDS)).isEqualTo(-1);
      await().until(() -> activeRequests(proxy) == 0);
    }
  }

  private static int activeRequests(ProxyFixture proxy) {
    return proxy.proxy().traffic().activeRequests().values().stream()
        .mapToInt(Integer::intValue)
        .sum();
  }

  /** -1 also where the end is a reset. */
  private static int endOf(Socket socket) throws IOException {
    try {
      return socket.getInputStream().read();
    } catch (SocketException reset) {
      return -1;
    }
  }
}
