package dev.limpet.proxy.affinity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.proxy.fixture.HeldOrigin;
import dev.limpet.proxy.fixture.ProxyFixture;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/**
 * What becomes of a session whose server has all the requests that it takes, with on-full = move.
 */
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

  private static String overflow(HeldOrigin first, HeldOrigin backup, String mode) {
    return """
        limpet.upstreams.app.servers = [
          { address = "127.0.0.1:%d", max-connections = 1 }
          { address = "127.0.0.1:%d", max-connections = 1, backup = %s }
        ]
        """
        .formatted(first.port(), backup.port(), mode);
  }

  @Test
  void aBackupForOverflowTakesNewClientsWhileAllOthersAreFullAndKeepsThem()
      throws InterruptedException {
    try (HeldOrigin first = new HeldOrigin();
        HeldOrigin backup = new HeldOrigin();
        ProxyFixture proxy = new ProxyFixture(overflow(first, backup, "overflow"))) {
      CompletableFuture<String> busy = proxy.getLater("/busy");
      assertThat(first.next()).isEqualTo("/busy");
      CompletableFuture<String> over = proxy.getLater("/over");
      assertThat(backup.next()).isEqualTo("/over");
      CompletableFuture<String> waits = proxy.getLater("/waits");
      await().until(() -> proxy.upstream().waiting() == 1);
      backup.answer(1);
      assertThat(backup.next())
          .as("a place that is free at the backup is used")
          .isEqualTo("/waits");
      first.answer(1);
      backup.answer(1);
      assertThat(busy.join()).endsWith("/busy");
      assertThat(waits.join()).endsWith("/waits");
      String cookie = over.join().replaceFirst("(?s).*Set-Cookie: (limpet=[^;]*).*", "$1");
      first.answer(1);
      assertThat(proxy.get("/new")).endsWith("/new");
      assertThat(first.next()).isEqualTo("/new");
      backup.answer(1);
      assertThat(proxy.get("/stays", "Cookie: " + cookie)).endsWith("/stays");
      assertThat(backup.next()).isEqualTo("/stays");
    }
  }

  @Test
  void aBackupForFailureDoesNot() throws InterruptedException {
    try (HeldOrigin first = new HeldOrigin();
        HeldOrigin backup = new HeldOrigin();
        ProxyFixture proxy = new ProxyFixture(overflow(first, backup, "failure"))) {
      CompletableFuture<String> busy = proxy.getLater("/busy");
      assertThat(first.next()).isEqualTo("/busy");
      CompletableFuture<String> waits = proxy.getLater("/waits");
      await().until(() -> proxy.upstream().waiting() == 1);
      first.answer(2);
      assertThat(busy.join()).endsWith("/busy");
      assertThat(waits.join()).endsWith("/waits");
      assertThat(first.next()).isEqualTo("/waits");
    }
  }

  @Test
  void aSessionWithoutRoomMovesToABackupForOverflow() throws InterruptedException {
    try (HeldOrigin first = new HeldOrigin();
        HeldOrigin backup = new HeldOrigin();
        ProxyFixture proxy =
            new ProxyFixture(
                overflow(first, backup, "overflow")
                    + "limpet.upstreams.app.affinity { by = [ header ], header.name = x-user, on-full = move }")) {
      CompletableFuture<String> busy = proxy.getLater("/busy", "X-User: ada");
      assertThat(first.next()).isEqualTo("/busy");
      backup.answer(1);
      assertThat(proxy.get("/moved", "X-User: ada")).endsWith("/moved");
      assertThat(backup.next()).isEqualTo("/moved");
      first.answer(1);
      assertThat(busy.join()).endsWith("/busy");
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
