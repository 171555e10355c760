package dev.limpet.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.testkit.Origin;
import dev.limpet.testkit.Ports;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A node that may open few files, and then none at all. */
@EnabledOnOs(OS.LINUX)
class OpenFilesTest {

  private static final Pattern LENGTH = Pattern.compile("(?i)\r\ncontent-length: ([0-9]+)\r\n");

  private static final String UP = "limpet_servers{health=\"up\",upstream=\"app\"} 1.0\n";

  /**
   * So that the classes which judge failures are there: a jar is open all the time, a directory of
   * classes not.
   */
  private static final String REFUSING =
      "upstreams.gone { servers = { address = \"127.0.0.1:%d\" }, health.interval = 200ms }"
          .formatted(Ports.free());

  private final List<Socket> open = new ArrayList<>();
  private final int port = Ports.free();
  private final int admin = Ports.free();

  @Test
  void whoIsThereIsServedAndNoServerIsBlamed(@TempDir Path directory) throws Exception {
    try (Origin origin = Origin.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")) {
      Process node =
          NodeProcess.start(
              directory,
              port,
              origin.port(),
              admin,
              REFUSING,
              "sh",
              "-c",
              "ulimit -n 256 && exec \"$@\"",
              "sh");
      try {
        Supplier<String> log = NodeProcess.output(node);
        await().atMost(Duration.ofSeconds(60)).until(() -> log.get().contains("edge-1 is ready"));
        Socket client = connect(port);
        Socket operator = connect(admin);
        int linesBefore = lines(log);
        long begun = System.nanoTime();
        for (int i = 0; i < 300; i++) {
          connect(port);
          // Who has been idle for longest makes room, so it must not be this one.
          if (i % 3 == 0) {
            assertThat(get(client, "/")).startsWith("HTTP/1.1 200 ");
          }
        }
        assertThat(get(connect(admin), "/ready")).startsWith("HTTP/1.1 200 ");
        assertThat(get(operator, "/metrics")).contains(UP);
        int checks = origin.unreadRequests();
        await().until(() -> origin.unreadRequests() > checks);

        open.stream()
            .filter(one -> !one.equals(client) && !one.equals(operator))
            .forEach(OpenFilesTest::close);
        await().until(() -> get(operator, "/metrics").contains("limpet_connections 1.0\n"));
        limit(node, 8);
        await()
            .during(Duration.ofSeconds(2))
            .pollInterval(Duration.ofMillis(50))
            .untilAsserted(
                () -> {
                  connect(port);
                  connect(admin);
                  assertThat(get(client, "/")).startsWith("HTTP/1.1 200 ");
                  assertThat(get(operator, "/ready")).startsWith("HTTP/1.1 200 ");
                  assertThat(get(operator, "/metrics")).contains(UP);
                });
        assertThat(log.get())
            .contains("that says nothing of the server", "too many open files (see ulimit -n)");
        assertThat(log.get())
            .doesNotContain("server app/127.0.0.1:" + origin.port() + " is suspect")
            .doesNotContain("server app/127.0.0.1:" + origin.port() + " is dead");
        // Some of them come each second.
        int seconds = (int) Duration.ofNanos(System.nanoTime() - begun).toSeconds();
        assertThat(lines(log) - linesBefore).as(log.get()).isLessThan(20 + 3 * seconds);

        limit(node, 256);
        int last = origin.unreadRequests();
        await().until(() -> origin.unreadRequests() > last + 3);
        assertThat(get(operator, "/metrics")).contains(UP);
        assertThat(get(connect(port), "/")).startsWith("HTTP/1.1 200 ");
        assertThat(get(connect(admin), "/ready")).startsWith("HTTP/1.1 200 ");
      } finally {
        node.destroyForcibly();
        open.forEach(OpenFilesTest::close);
      }
    }
  }

  /** Of the files that a process may have open, from now on; those that are open stay so. */
  private static void limit(Process process, int files) throws Exception {
    Process limiting =
        new ProcessBuilder(
                "prlimit", "--pid", Long.toString(process.pid()), "--nofile=" + files + ":256")
            .inheritIO()
            .start();
    assertThat(limiting.waitFor()).isZero();
  }

  private Socket connect(int to) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), to);
    socket.setSoTimeout(60_000);
    open.add(socket);
    return socket;
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException gone) {
      // It is closed.
    }
  }

  /** On a connection that stays open. */
  private static String get(Socket socket, String path) throws IOException {
    socket
        .getOutputStream()
        .write(
            "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
                .formatted(path)
                .getBytes(StandardCharsets.US_ASCII));
    InputStream in = socket.getInputStream();
    StringBuilder text = new StringBuilder();
    while (text.indexOf("\r\n\r\n") < 0) {
      int c = in.read();
      if (c < 0) {
        return "closed after " + text;
      }
      text.append((char) c);
    }
    Matcher length = LENGTH.matcher(text);
    int rest = length.find() ? Integer.parseInt(length.group(1)) : 0;
    return text + new String(in.readNBytes(rest), StandardCharsets.UTF_8);
  }

  private static int lines(Supplier<String> log) {
    return (int) log.get().lines().count();
  }
}
