package dev.limpet.proxy.clients;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.limpet.proxy.fixture.HeldOrigin;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.KeepAliveClients;
import dev.limpet.testkit.Origin;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;

/** What clients notice of a node that goes out of service. */
class DrainTest {

  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
  private static final String KEEP_ALIVE = "test.listener.timeouts.keep-alive = 60s\n";
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration SOON = LONG.dividedBy(3);

  /**
   * Cycles of {@link #clientsThatHonourConnectionCloseLoseNothing}: {@code modules/bench/drain}.
   */
  private static final int CYCLES = Integer.getInteger("limpet.drain.cycles", 20);

  @Test
  void duringTheDelayAllGoesOnAndResponsesSayThatTheyAreTheLast() throws Exception {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(KEEP_ALIVE, origin.port());
        Socket before = proxy.connect()) {
      assertThat(ask(before)).doesNotContain("Connection: close");
      CompletableFuture<?> drained = proxy.proxy().drain(LONG, LONG).toCompletableFuture();
      assertThat(ask(before)).startsWith("HTTP/1.1 200 ").contains("\r\nConnection: close\r\n");
      assertThat(before.getInputStream().read()).isEqualTo(-1);
      try (Socket fresh = proxy.connect()) {
        assertThat(ask(fresh)).startsWith("HTTP/1.1 200 ").contains("\r\nConnection: close\r\n");
      }
      assertThat(drained).isNotDone();
    }
  }

  @Test
  void afterTheDelayConnectionsAreRefusedAndThoseThatAreThereAreServed() throws Exception {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(KEEP_ALIVE, origin.port());
        Socket idle = proxy.connect()) {
      assertThat(ask(idle)).doesNotContain("Connection: close");
      CompletableFuture<?> drained = proxy.proxy().drain(Duration.ZERO, LONG).toCompletableFuture();
      await()
          .untilAsserted(
              () ->
                  assertThatThrownBy(() -> proxy.connect().close())
                      .isInstanceOf(ConnectException.class));
      assertThat(drained).isNotDone();
      assertThat(ask(idle)).startsWith("HTTP/1.1 200 ").contains("\r\nConnection: close\r\n");
      idle.close();
      await().atMost(SOON).until(drained::isDone);
    }
  }

  @Test
  void whatIsUnderWayIsDeliveredToItsLastByte() throws Exception {
    Semaphore more = new Semaphore(0);
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  self.readRequest(socket);
                  self.write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 40000\r\n\r\n");
                  self.write(socket, "x".repeat(20_000));
                  more.acquireUninterruptibly();
                  self.write(socket, "y".repeat(20_000));
                });
        ProxyFixture proxy = new ProxyFixture(KEEP_ALIVE, origin.port())) {
      CompletableFuture<String> response = proxy.getLater("/");
      origin.nextRequest();
      await().until(() -> proxy.proxy().traffic().connections() == 1);
      CompletableFuture<?> drained = proxy.proxy().drain(Duration.ZERO, LONG).toCompletableFuture();
      await()
          .untilAsserted(
              () ->
                  assertThatThrownBy(() -> proxy.connect().close())
                      .isInstanceOf(ConnectException.class));
      assertThat(drained).as("a response is half delivered").isNotDone();
      more.release();
      assertThat(response.join()).endsWith("y".repeat(20_000));
      await().atMost(SOON).until(drained::isDone);
    }
  }

  @Test
  void aConnectionOnWhichNothingMoreIsAskedHoldsNobodyUpUntilTheDeadline() throws Exception {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(KEEP_ALIVE, origin.port());
        Socket idle = proxy.connect()) {
      ask(idle);
      CompletableFuture<?> drained = proxy.proxy().drain(Duration.ZERO, LONG).toCompletableFuture();
      assertThat(idle.getInputStream().read()).isEqualTo(-1);
      idle.close();
      await().atMost(SOON).until(drained::isDone);
    }
  }

  @Test
  void theDeadlineEndsTheWait() throws Exception {
    try (HeldOrigin origin = new HeldOrigin();
        ProxyFixture proxy = new ProxyFixture(KEEP_ALIVE, origin.port())) {
      CompletableFuture<String> never = proxy.getLater("/");
      origin.next();
      proxy.proxy().drain(Duration.ZERO, Duration.ofMillis(500)).toCompletableFuture().join();
      assertThat(never).isNotDone();
    }
  }

  @Test
  void clientsThatHonourConnectionCloseLoseNothing() throws Exception {
    long begun = System.nanoTime();
    try (DrainCycles cycles = new DrainCycles(24)) {
      KeepAliveClients clients = cycles.clients();
      for (int i = 1; i <= CYCLES; i++) {
        cycles.cycle(i);
        assertThat(clients.failures()).as("after cycle %s", i).isEmpty();
      }
      assertThat(clients.answered()).isGreaterThan(CYCLES);
      System.out.printf(
          "%d drain cycles in %d s: %d requests on %d connections, %d failed%n",
          CYCLES,
          Duration.ofNanos(System.nanoTime() - begun).toSeconds(),
          clients.answered(),
          clients.connections(),
          clients.failures().size());
    }
  }

  private static String ask(Socket client) throws IOException {
    client
        .getOutputStream()
        .write("GET / HTTP/1.1\r\nHost: app.example\r\n\r\n".getBytes(US_ASCII));
    StringBuilder response = new StringBuilder();
    while (!response.toString().endsWith("hello")) {
      int c = client.getInputStream().read();
      if (c < 0) {
        throw new IOException("the connection ended after: " + response);
      }
      response.append((char) c);
    }
    return response.toString();
  }
}
