package dev.limpet.proxy.servers;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.proxy.fixture.HeldOrigin;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** What clients notice of servers that take so many requests at a time. */
class QueueTest {

  private static final String ONE_AT_A_TIME = "test.server.max-connections = 1\n";

  @Test
  void aNewClientGoesToAServerThatHasRoom() throws InterruptedException {
    try (HeldOrigin first = new HeldOrigin();
        HeldOrigin second = new HeldOrigin();
        ProxyFixture proxy = new ProxyFixture(ONE_AT_A_TIME, first.port(), second.port())) {
      CompletableFuture<String> one = proxy.getLater("/1");
      first.next();
      second.answer(3);
      for (int i = 0; i < 3; i++) {
        assertThat(proxy.get("/other")).endsWith("/other");
      }
      first.answer(1);
      assertThat(one.join()).startsWith("HTTP/1.1 200 ");
    }
  }

  @Test
  void clientsWaitInTheOrderInWhichTheyCame() throws InterruptedException {
    try (HeldOrigin server = new HeldOrigin();
        ProxyFixture proxy = new ProxyFixture(ONE_AT_A_TIME, server.port())) {
      server.answer(1);
      String bound = "Cookie: " + cookieOf(proxy.get("/bind"));
      server.next();
      List<CompletableFuture<String>> responses = new ArrayList<>();
      responses.add(proxy.getLater("/0"));
      assertThat(server.next()).isEqualTo("/0");
      for (int i = 1; i <= 5; i++) {
        responses.add(proxy.getLater("/" + i, i % 2 == 0 ? "X-New: 1" : bound));
        awaitWaiting(proxy, i);
      }
      for (int i = 0; i <= 5; i++) {
        server.answer(1);
        assertThat(responses.get(i).join()).startsWith("HTTP/1.1 200 ").endsWith("/" + i);
        if (i < 5) {
          assertThat(server.next()).isEqualTo("/" + (i + 1));
        }
      }
      assertThat(server.most()).isEqualTo(1);
      assertThat(proxy.upstream().waiting()).isZero();
    }
  }

  @Test
  void tooManyThatWaitAreToldToComeBack() throws InterruptedException {
    try (HeldOrigin server = new HeldOrigin();
        ProxyFixture proxy =
            new ProxyFixture(
                ONE_AT_A_TIME + "limpet.upstreams.app.queue-size = 1", server.port())) {
      CompletableFuture<String> served = proxy.getLater("/served");
      server.next();
      CompletableFuture<String> waits = proxy.getLater("/waits");
      awaitWaiting(proxy, 1);
      assertThat(proxy.get("/refused"))
          .startsWith("HTTP/1.1 503 ")
          .contains("\r\nRetry-After: 1\r\n");
      assertThat(proxy.upstream().queueFull()).isEqualTo(1);
      server.answer(2);
      assertThat(List.of(served.join(), waits.join()))
          .allSatisfy(response -> assertThat(response).startsWith("HTTP/1.1 200 "));
    }
  }

  @Test
  void whoWaitsTooLongIsToldToComeBack() throws InterruptedException {
    try (HeldOrigin server = new HeldOrigin();
        ProxyFixture proxy =
            new ProxyFixture(
                ONE_AT_A_TIME + "limpet.upstreams.app.queue-timeout = 100ms", server.port())) {
      CompletableFuture<String> served = proxy.getLater("/served");
      server.next();
      assertThat(proxy.get("/late")).startsWith("HTTP/1.1 503 ").contains("\r\nRetry-After: 1\r\n");
      assertThat(proxy.upstream().queueTimeouts()).isEqualTo(1);
      assertThat(proxy.upstream().waiting()).isZero();
      server.answer(1);
      assertThat(served.join()).startsWith("HTTP/1.1 200 ");
    }
  }

  @Test
  void aClientThatLeavesIsNotWaitedForAndItsTurnGoesToTheNext() throws Exception {
    try (HeldOrigin server = new HeldOrigin();
        ProxyFixture proxy = new ProxyFixture(ONE_AT_A_TIME, server.port())) {
      CompletableFuture<String> served = proxy.getLater("/served");
      server.next();
      Socket leaving = ask(proxy, "/leaves", "");
      awaitWaiting(proxy, 1);
      CompletableFuture<String> waits = proxy.getLater("/waits");
      awaitWaiting(proxy, 2);
      leaving.setSoLinger(true, 0);
      leaving.close();
      awaitWaiting(proxy, 1);
      server.answer(2);
      assertThat(server.next()).isEqualTo("/waits");
      assertThat(List.of(served.join(), waits.join()))
          .allSatisfy(response -> assertThat(response).startsWith("HTTP/1.1 200 "));
    }
  }

  @Test
  void aBoundClientWaitsForItsOwnServer() throws InterruptedException {
    try (HeldOrigin first = new HeldOrigin();
        HeldOrigin second = new HeldOrigin();
        ProxyFixture proxy = new ProxyFixture(ONE_AT_A_TIME, first.port(), second.port())) {
      first.answer(1);
      String cookie = "Cookie: " + cookieOf(proxy.get("/first"));
      first.next();
      second.answer(1);
      proxy.get("/second");
      CompletableFuture<String> busy = proxy.getLater("/busy", cookie);
      assertThat(first.next()).isEqualTo("/busy");
      CompletableFuture<String> waits = proxy.getLater("/waits", cookie);
      awaitWaiting(proxy, 1);
      assertThat(second.active()).isZero();
      first.answer(2);
      assertThat(first.next()).isEqualTo("/waits");
      assertThat(busy.join()).startsWith("HTTP/1.1 200 ").doesNotContain("Set-Cookie");
      assertThat(waits.join()).startsWith("HTTP/1.1 200 ").doesNotContain("Set-Cookie");
    }
  }

  @Test
  void whoWaitsForAServerThatGoesDownMoves() throws InterruptedException {
    try (HeldOrigin first = new HeldOrigin();
        HeldOrigin second = new HeldOrigin();
        ProxyFixture proxy = new ProxyFixture(ONE_AT_A_TIME, first.port(), second.port())) {
      first.answer(1);
      String cookie = "Cookie: " + cookieOf(proxy.get("/first"));
      CompletableFuture<String> busy = proxy.getLater("/busy", cookie);
      await().until(() -> first.active() == 1);
      CompletableFuture<String> waits = proxy.getLater("/waits", cookie);
      awaitWaiting(proxy, 1);
      second.answer(1);
      proxy.cluster().dead(first.port());
      assertThat(waits.join()).startsWith("HTTP/1.1 200 ").contains("Set-Cookie: limpet=");
      assertThat(second.next()).isEqualTo("/waits");
      first.answer(1);
      assertThat(busy.join()).startsWith("HTTP/1.1 200 ");
    }
  }

  @Test
  void whoWaitsForAServerThatDiesMoves() throws InterruptedException {
    try (HeldOrigin first = new HeldOrigin();
        HeldOrigin second = new HeldOrigin();
        ProxyFixture proxy = new ProxyFixture(ONE_AT_A_TIME, first.port(), second.port())) {
      first.answer(1);
      String cookie = "Cookie: " + cookieOf(proxy.get("/first"));
      CompletableFuture<String> busy = proxy.getLater("/busy", cookie);
      await().until(() -> first.active() == 1);
      CompletableFuture<String> waits = proxy.getLater("/waits", cookie);
      awaitWaiting(proxy, 1);
      second.answer(2);
      first.die();
      assertThat(List.of(busy.join(), waits.join()))
          .allSatisfy(response -> assertThat(response).startsWith("HTTP/1.1 200 "));
      assertThat(proxy.cluster().sessions().known()).hasSize(1);
    }
  }

  @Test
  void aResponseCountsUntilItsLastByteIsDelivered() throws Exception {
    int length = 32 << 20;
    try (Origin server =
            Origin.answering(
                "HTTP/1.1 200 OK\r\nContent-Length: " + length + "\r\n\r\n" + "x".repeat(length));
        ProxyFixture proxy = new ProxyFixture(ONE_AT_A_TIME, server.port());
        Socket reader = ask(proxy, "/1", "")) {
      server.nextRequest();
      readHead(reader);
      CompletableFuture<String> waits = proxy.getLater("/2");
      awaitWaiting(proxy, 1);
      assertThat(reader.getInputStream().readNBytes(length)).hasSize(length);
      assertThat(waits.join()).startsWith("HTTP/1.1 200 ");
      try (Socket cut = ask(proxy, "/3", "")) {
        readHead(cut);
      }
      assertThat(proxy.get("/4"))
          .as("a response that was cut counts no more")
          .hasSizeGreaterThan(length);
    }
  }

  /**
   * On both loops and with a place that is always wanted: nobody is forgotten, nobody is too many.
   */
  @Test
  void inAThrongEverybodyIsServedAndNoServerGetsMoreThanItTakes() {
    AtomicInteger active = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    try (Origin server =
            new Origin(
                (self, socket) -> {
                  while (!self.readRequest(socket).isEmpty()) {
                    most.accumulateAndGet(active.incrementAndGet(), Math::max);
                    LockSupport.parkNanos(200_000);
                    active.decrementAndGet();
                    self.write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                  }
                });
        ProxyFixture proxy = new ProxyFixture("test.server.max-connections = 3\n", server.port())) {
      List<CompletableFuture<Integer>> clients = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        clients.add(
            CompletableFuture.supplyAsync(
                () -> askRepeatedly(proxy, 50), task -> Thread.ofVirtual().start(task)));
      }
      assertThat(clients.stream().mapToInt(CompletableFuture::join).sum()).isEqualTo(40 * 50);
      assertThat(most.get()).isBetween(2, 3);
      assertThat(proxy.upstream().waiting()).isZero();
      assertThat(proxy.proxy().traffic().activeRequests().values()).containsOnly(0);
    }
  }

  private static int askRepeatedly(ProxyFixture proxy, int times) {
    int answered = 0;
    try (Socket client = proxy.connect()) {
      for (int i = 0; i < times; i++) {
        client
            .getOutputStream()
            .write("GET / HTTP/1.1\r\nHost: app.example\r\n\r\n".getBytes(US_ASCII));
        answered += readHead(client).startsWith("HTTP/1.1 200 ") ? 1 : 0;
        client.getInputStream().readNBytes(2);
      }
    } catch (IOException e) {
      return answered;
    }
    return answered;
  }

  private static Socket ask(ProxyFixture proxy, String target, String headers) throws IOException {
    Socket client = proxy.connect();
    client
        .getOutputStream()
        .write(
            ("GET " + target + " HTTP/1.1\r\nHost: app.example\r\n" + headers + "\r\n")
                .getBytes(US_ASCII));
    return client;
  }

  private static String readHead(Socket client) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int c = client.getInputStream().read();
      if (c < 0) {
        throw new IOException("the connection ended in: " + head);
      }
      head.append((char) c);
    }
    return head.toString();
  }

  private static void awaitWaiting(ProxyFixture proxy, int count) {
    await(count + " wait").until(() -> proxy.upstream().waiting() == count);
  }

  private static String cookieOf(String response) {
    int from = response.indexOf("Set-Cookie: ") + "Set-Cookie: ".length();
    return response.substring(from, response.indexOf(';', from));
  }
}
