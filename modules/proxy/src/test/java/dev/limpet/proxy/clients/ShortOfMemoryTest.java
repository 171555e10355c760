package dev.limpet.proxy.clients;

import static dev.limpet.testkit.RawText.readUntil;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Clients that want to make a node hold more than it has room for. */
class ShortOfMemoryTest {

  private static final int KILOBYTE = 1024;
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
  private static final String LIMITS =
      """
      test.listener.timeouts { keep-alive = 60s, head = 2s, idle = 2s }
      limpet.limits {
        max-header-size = 16k, max-head-size = 64k, max-target-size = 16k, max-body-size = 0, max-memory = 2M
      }
      """;

  private final List<Socket> clients = new ArrayList<>();
  private final Origin origin = Origin.answering(OK);

  @AfterEach
  void close() throws IOException {
    for (Socket client : clients) {
      client.close();
    }
    origin.close();
  }

  @Test
  void idleConnectionsGo() throws Exception {
    try (ProxyFixture proxy = new ProxyFixture(LIMITS, origin.port())) {
      // 20 KB each: more than four fifths.
      for (int i = 0; i < 86; i++) {
        Socket client = send(proxy, "GET / HTTP/1.1\r\nHost: app.example\r\n\r\n");
        readUntil(client, "hello");
      }
      await().until(() -> proxy.proxy().traffic().room().closed() > 0);
      await().until(() -> held(proxy) < 80);
      // Each loop closes its own ones, and the kernel chooses the loop: which ones go is left to
      // chance.
      assertThat(clients)
          .anyMatch(ShortOfMemoryTest::isClosed)
          .anyMatch(client -> !isClosed(client));
      assertServed(proxy);
      assertNothingIsLeft(proxy);
    }
  }

  @Test
  void headsThatDoNotEndCannotFillIt() throws Exception {
    String head =
        "GET / HTTP/1.1\r\nHost: app.example\r\n"
            + ("X-Big: " + "x".repeat(15 * KILOBYTE) + "\r\n").repeat(3);
    try (ProxyFixture proxy = new ProxyFixture(LIMITS, origin.port())) {
      assertBounded(proxy, 100, head);
    }
  }

  /** Small ones, none of which is worth cutting. */
  @Test
  void headsHaveToComeSoon() throws Exception {
    String patient = LIMITS + "test.listener.timeouts.head = 10m\n";
    try (ProxyFixture proxy = new ProxyFixture(patient, origin.port())) {
      for (int i = 0; i < 95; i++) {
        send(proxy, "GET / HTTP/1.1\r\nHost: app.");
      }
      await().until(() -> clients.stream().anyMatch(ShortOfMemoryTest::isTooLate));
      await().until(() -> held(proxy) < 80);
      assertServed(proxy);
    }
  }

  @Test
  void responsesThatNobodyTakesCannotFillIt() throws Exception {
    try (Origin endless =
            new Origin(
                (self, socket) -> {
                  if (self.readRequest(socket).startsWith("GET /small ")) {
                    self.write(socket, OK);
                    return;
                  }
                  self.write(socket, "HTTP/1.1 200 OK\r\n\r\n");
                  while (true) {
                    self.write(socket, "x".repeat(100_000));
                  }
                });
        ProxyFixture proxy = new ProxyFixture(LIMITS, endless.port())) {
      assertBounded(proxy, 60, "GET / HTTP/1.1\r\nHost: app.example\r\n\r\n");
    }
  }

  /** While it lasts the bound holds and newcomers are served, and so is everybody later. */
  private void assertBounded(ProxyFixture proxy, int count, String request) throws Exception {
    long most = 0;
    for (int i = 0; i < count; i++) {
      open(proxy, request);
      most = Math.max(most, held(proxy));
      if (i % 10 == 9) {
        readUntil(send(proxy, "GET /small HTTP/1.1\r\nHost: app.example\r\n\r\n"), "hello");
      }
    }
    // They may all have come before they had filled it.
    await()
        .until(
            () -> {
              open(proxy, request);
              return proxy.proxy().traffic().room().cut() > 0;
            });
    assertThat(most).as("percent, with what one read of each loop may add").isLessThan(125);
    await().atMost(Duration.ofSeconds(60)).until(() -> held(proxy) < 50);
    assertServed(proxy);
    assertNothingIsLeft(proxy);
  }

  private void open(ProxyFixture proxy, String request) throws IOException {
    Socket client = proxy.connectWithSmallBuffer();
    clients.add(client);
    try {
      client.getOutputStream().write(request.getBytes(US_ASCII));
    } catch (IOException refused) {
      // As it should be, from some point on.
    }
  }

  /** Every byte that was charged is given back. */
  private void assertNothingIsLeft(ProxyFixture proxy) throws IOException {
    for (Socket client : clients) {
      client.close();
    }
    await().until(() -> proxy.proxy().traffic().room().held() == 0);
  }

  /** Those that still wait to be accepted may take some of the room for a moment. */
  private static void assertServed(ProxyFixture proxy) {
    await()
        .ignoreExceptions()
        .untilAsserted(
            () -> {
              try (Socket client = proxy.connect()) {
                client
                    .getOutputStream()
                    .write("GET / HTTP/1.1\r\nHost: app.example\r\n\r\n".getBytes(US_ASCII));
                assertThat(readUntil(client, "\r\n\r\n")).startsWith("HTTP/1.1 200 ");
              }
            });
  }

  private Socket send(ProxyFixture proxy, String request) throws IOException {
    Socket client = proxy.connect();
    clients.add(client);
    client.getOutputStream().write(request.getBytes(US_ASCII));
    return client;
  }

  private static boolean isTooLate(Socket client) {
    try {
      return client.getInputStream().available() > 0
          && readUntil(client, "\r\n\r\n").startsWith("HTTP/1.1 408 ");
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean isClosed(Socket client) {
    try {
      client.setSoTimeout(20);
      return client.getInputStream().read() < 0;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  /** Percent of what may be. */
  private static long held(ProxyFixture proxy) {
    return proxy.proxy().traffic().room().held() * 100 / proxy.proxy().traffic().room().most();
  }
}
