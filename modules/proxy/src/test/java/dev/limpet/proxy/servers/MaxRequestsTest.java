package dev.limpet.proxy.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.proxy.fixture.HeldOrigin;
import dev.limpet.proxy.fixture.ProxyFixture;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** An upstream with max-requests. */
class MaxRequestsTest {

  private static final String TWO = "limpet.upstreams.app.max-requests = 2\n";

  @Test
  void oneTooManyIsRefusedAtOnceAndLeavesNoTrace() throws InterruptedException {
    try (HeldOrigin server = new HeldOrigin();
        ProxyFixture proxy = new ProxyFixture(TWO, server.port())) {
      List<CompletableFuture<String>> first = List.of(proxy.getLater("/a"), proxy.getLater("/b"));
      await().until(() -> server.active() == 2);
      for (int i = 0; i < 3; i++) {
        assertThat(proxy.get("/c"))
            .startsWith("HTTP/1.1 503 ")
            .contains("Retry-After: 1\r\n")
            .contains("too many requests are under way\n");
      }
      assertThat(proxy.upstream().requestsRefused()).isEqualTo(3);
      server.answer(1000);
      first.forEach(answer -> assertThat(answer.join()).startsWith("HTTP/1.1 200 "));
      assertThat(server.most()).isEqualTo(2);
      assertThat(List.of(proxy.get("/d"), proxy.get("/e")))
          .allSatisfy(answer -> assertThat(answer).startsWith("HTTP/1.1 200 "));
    }
  }

  @Test
  void requestsThatWaitForAFullServerCountToo() {
    try (HeldOrigin server = new HeldOrigin();
        ProxyFixture proxy =
            new ProxyFixture(TWO + "test.server.max-connections = 1", server.port())) {
      CompletableFuture<String> busy = proxy.getLater("/busy");
      await().until(() -> server.active() == 1);
      CompletableFuture<String> waits = proxy.getLater("/waits");
      await().until(() -> proxy.upstream().waiting() == 1);
      assertThat(proxy.get("/refused")).startsWith("HTTP/1.1 503 ");
      server.answer(1000);
      assertThat(busy.join()).endsWith("/busy");
      assertThat(waits.join()).endsWith("/waits");
    }
  }

  @Test
  void whoeverLeavesOrFailsMakesRoom() throws Exception {
    try (HeldOrigin server = new HeldOrigin();
        ProxyFixture proxy =
            new ProxyFixture(
                TWO + "limpet.upstreams.app.timeouts.first-byte = 300ms", server.port())) {
      for (int i = 0; i < 2; i++) {
        try (Socket leaves = proxy.connect()) {
          leaves
              .getOutputStream()
              .write(
                  "GET /gone HTTP/1.1\r\nHost: app.example\r\n\r\n"
                      .getBytes(StandardCharsets.UTF_8));
          assertThat(server.next()).isEqualTo("/gone");
        }
      }
      await().untilAsserted(() -> assertThat(proxy.get("/late")).startsWith("HTTP/1.1 504 "));
      assertThat(List.of(proxy.get("/late"), proxy.get("/late"), proxy.get("/late")))
          .allSatisfy(answer -> assertThat(answer).startsWith("HTTP/1.1 504 "));
    }
  }
}
