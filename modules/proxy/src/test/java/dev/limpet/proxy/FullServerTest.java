package dev.limpet.proxy;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** What becomes of a session whose server has all the requests that it takes, with on-full = move. */
class FullServerTest {

  private static final String MOVE =
      """
      test.server.max-connections = 1
      limpet.upstreams.app.affinity {
        by = [ header ], header.name = x-user, on-full = move
      }
      """;

  @Test
  void aFullServerMovesItsSessionIfAskedTo() throws InterruptedException {
    try (HeldOrigin first = new HeldOrigin();
        HeldOrigin second = new HeldOrigin();
        ProxyFixture proxy = new ProxyFixture(MOVE, first.port(), second.port())) {
      CompletableFuture<String> busy = proxy.getLater("/busy", "X-User: ada");
      assertThat(first.next()).isEqualTo("/busy");
      second.answer(2);
      assertThat(proxy.get("/moved", "X-User: ada")).endsWith("/moved");
      first.answer(1);
      assertThat(busy.join()).endsWith("/busy");
      assertThat(proxy.get("/there", "X-User: ada")).endsWith("/there");
      assertThat(second.next()).isEqualTo("/moved");
      assertThat(second.next()).isEqualTo("/there");
      assertThat(proxy.upstream().waiting()).isZero();
    }
  }

  @Test
  void whereNoServerHasRoomTheSessionWaitsForItsOwn() throws InterruptedException {
    try (HeldOrigin first = new HeldOrigin();
        HeldOrigin second = new HeldOrigin();
        ProxyFixture proxy = new ProxyFixture(MOVE, first.port(), second.port())) {
      CompletableFuture<String> busy = proxy.getLater("/busy", "X-User: ada");
      assertThat(first.next()).isEqualTo("/busy");
      CompletableFuture<String> other = proxy.getLater("/other");
      assertThat(second.next()).isEqualTo("/other");
      CompletableFuture<String> waits = proxy.getLater("/waits", "X-User: ada");
      await().until(() -> proxy.upstream().waiting() == 1);
      second.answer(1);
      assertThat(other.join()).endsWith("/other");
      assertThat(waits).isNotDone();
      first.answer(2);
      assertThat(first.next()).isEqualTo("/waits");
      assertThat(busy.join()).endsWith("/busy");
      assertThat(waits.join()).endsWith("/waits");
    }
  }

  @Test
  void withFailBackItIsAtHomeAgainWhenThereIsRoom() throws InterruptedException {
    try (HeldOrigin first = new HeldOrigin();
        HeldOrigin second = new HeldOrigin();
        ProxyFixture proxy =
            new ProxyFixture(
                MOVE + "limpet.upstreams.app.affinity.fail-back = on\n",
                first.port(),
                second.port())) {
      CompletableFuture<String> busy = proxy.getLater("/busy", "X-User: ada");
      assertThat(first.next()).isEqualTo("/busy");
      second.answer(1);
      assertThat(proxy.get("/away", "X-User: ada")).endsWith("/away");
      first.answer(2);
      assertThat(busy.join()).endsWith("/busy");
      assertThat(proxy.get("/home", "X-User: ada")).endsWith("/home");
      assertThat(first.next()).isEqualTo("/home");
    }
  }
}
