package dev.limpet.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What whoever looks after a node sees of its end when there is no memory left. */
class OutOfMemoryTest {

  /** Runs in a JVM of its own, which has the options that every node has. */
  static final class Glutton {

    public static void main(String[] arguments) {
      List<byte[]> all = new ArrayList<>();
      try {
        while (true) {
          all.add(new byte[1 << 20]);
        }
      } catch (OutOfMemoryError caught) {
        System.exit(all.isEmpty() ? 254 : 255);
      }
    }
  }

  @Test
  void theProcessEndsWithALastWord() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + Path.of("src/main/dist/jvm.options").toAbsolutePath(),
                "-Xmx16m",
                "-cp",
                System.getProperty("java.class.path"),
                Glutton.class.getName())
            .start();
    try {
      String said = new String(process.getErrorStream().readAllBytes(), UTF_8);
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(said).contains("Terminating due to java.lang.OutOfMemoryError: Java heap space");
      assertThat(process.exitValue()).isEqualTo(3);
    } finally {
      process.destroyForcibly();
    }
  }
}
