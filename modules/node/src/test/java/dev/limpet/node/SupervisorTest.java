package dev.limpet.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.model.state.LoopHealth;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SupervisorTest {

  private static final LoopHealth TURNING = new LoopHealth(0, 0, "");
  private static final LoopHealth STANDING = new LoopHealth(0, 1, "loop-1 stands still for 10 s");

  @TempDir private Path directory;

  private Socket systemd;
  private Supervisor supervisor;
  private volatile LoopHealth loops = TURNING;
  private final AtomicInteger asked = new AtomicInteger();

  @BeforeEach
  void listen() throws IOException {
    assumeThat(Epoll.isAvailable()).isTrue();
    String path = directory.resolve("notify").toString();
    systemd = Socket.newSocketDomainDgram();
    systemd.bind(new DomainSocketAddress(path));
    supervisor = Supervisor.of(Map.of("NOTIFY_SOCKET", path));
  }

  @AfterEach
  void close() throws IOException {
    systemd.close();
  }

  @Test
  void aReloadSaysThatTheNodeServesOnlyWhereItDid() throws IOException {
    supervisor.starting(Duration.ofSeconds(90));
    assertThat(heard()).contains("EXTEND_TIMEOUT_USEC=90000000");
    reload();
    assertThat(heard()).isEmpty();
    supervisor.serving();
    assertThat(heard()).contains("READY=1");
    reload();
    assertThat(heard()).contains("RELOADING=1");
    assertThat(heard()).contains("READY=1");
    supervisor.stopping(Duration.ofSeconds(40));
    assertThat(heard()).contains("STOPPING=1", "EXTEND_TIMEOUT_USEC=40000000");
    reload();
    assertThat(heard()).isEmpty();
  }

  private void reload() {
    supervisor.reloading();
    supervisor.reloaded();
  }

  @Test
  void theProcessLivesForAsLongAsItsLoopsTurn() throws IOException {
    supervisor.watchedBy(Map.of("WATCHDOG_USEC", "30000"), this::loops);
    await().until(() -> heard().equals("WATCHDOG=1"));
    loops = STANDING;
    awaitTwoLooks();
    while (!heard().isEmpty()) {}
    awaitTwoLooks();
    assertThat(heard()).isEmpty();
    loops = TURNING;
    await().until(() -> heard().equals("WATCHDOG=1"));
  }

  private LoopHealth loops() {
    asked.incrementAndGet();
    return loops;
  }

  private void awaitTwoLooks() {
    int before = asked.get();
    await().until(() -> asked.get() >= before + 2);
  }

  @Test
  void anAddressAtWhichNobodyListensStopsNothing() {
    Supervisor nobody =
        Supervisor.of(Map.of("NOTIFY_SOCKET", directory.resolve("nobody").toString()));
    nobody.serving();
    nobody.stopping(Duration.ofSeconds(1));
  }

  /** Empty where there is nothing. */
  private String heard() throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(1000);
    byte[] bytes = new byte[Math.max(0, systemd.read(buffer, 0, buffer.capacity()))];
    buffer.get(bytes);
    return new String(bytes, UTF_8);
  }
}
