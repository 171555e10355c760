package dev.limpet.proxy.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.ClusterSnapshot;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.TestCertificate;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Certificates on a disk that takes its time: a pipe here, which nobody has written to yet. */
@EnabledOnOs(OS.LINUX)
class SlowFilesTest {

  @Test
  void theClusterDoesNotWaitForFilesThatAreBeingRead(@TempDir Path directory) throws Exception {
    TestCertificate own = TestCertificate.create(directory, "dns:app.example");
    String tls =
        "test.listener.tls.certificates = { certificate = \"%s\", key = \"%s\" }%n"
            .formatted(own.chain(), own.key());
    try (ProxyFixture proxy = new ProxyFixture(tls, 1)) {
      Settings next = ProxyFixture.settings(tls + "test.listener.timeouts.head = 7s", 1);
      Files.delete(own.chain());
      assertThat(new ProcessBuilder("mkfifo", own.chain().toString()).start().waitFor()).isZero();
      CompletableFuture<?> preparing =
          CompletableFuture.supplyAsync(
                  () -> proxy.proxy().prepare(next),
                  task -> Thread.ofPlatform().daemon().start(task))
              .thenCompose(prepared -> prepared);
      // Opens when somebody reads.
      try (OutputStream written = Files.newOutputStream(own.chain())) {
        CompletableFuture.runAsync(
                () -> proxy.cluster().ticketKeys(new byte[ClusterSnapshot.TICKET_KEY_BYTES]),
                task -> Thread.ofPlatform().daemon().start(task))
            .get(60, TimeUnit.SECONDS);
        assertThat(proxy.proxy().traffic().connections()).isZero();
        assertThat(preparing).isNotDone();
        written.write('x');
      }
      assertThat(preparing).failsWithin(60, TimeUnit.SECONDS);
      // Who has only now begun to read meets an end.
      new RandomAccessFile(own.chain().toFile(), "rw").close();
    }
  }
}
