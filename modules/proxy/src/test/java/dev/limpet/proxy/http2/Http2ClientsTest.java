package dev.limpet.proxy.http2;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What people use: curl, and Node.js's HTTP/2 client. */
class Http2ClientsTest {

  /** Machines are slow at times, and clients here have thought for as long. */
  private static final String PATIENT = "test.listener.timeouts.keep-alive = 5m";

  @TempDir Path directory;

  /** A page with a length, of which HEAD gets the head; {@code /304} has not changed. */
  private static Origin pages() {
    return new Origin(
        (self, socket) -> {
          for (String head = self.readRequest(socket);
              !head.isEmpty();
              head = self.readRequest(socket)) {
            boolean chunked = head.contains("Transfer-Encoding: chunked");
            while (chunked && !readLine(socket.getInputStream()).isEmpty()) {
              // To the end of the trailers.
            }
            String length = "Content-Length: 5\r\n\r\n";
            self.write(
                socket,
                head.startsWith("GET /304 ")
                    ? "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n" + length
                    : "HTTP/1.1 200 OK\r\n" + length + (head.startsWith("HEAD") ? "" : "hello"));
          }
        });
  }

  private static String readLine(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
      line.append((char) c);
    }
    return line.toString().strip();
  }

  @Test
  void curlGetsTheHeadOfAPage() throws Exception {
    Assumptions.assumeTrue(run(List.of("curl", "--version")).contains("HTTP2"), "curl with HTTP/2");
    try (Origin origin = pages();
        ProxyFixture proxy = new ProxyFixture(PATIENT, origin.port())) {
      String url = "http://127.0.0.1:" + proxy.proxy().addresses().getFirst().getPort();
      List<String> head =
          List.of("curl", "-sS", "-I", "--http2-prior-knowledge", "-H", "Host: app.example");
      assertThat(run(head, url + "/"))
          .startsWith("HTTP/2 200")
          .containsOnlyOnce("content-length: 5")
          .doesNotContain("curl:");
      List<String> get =
          List.of("curl", "-sS", "-i", "--http2-prior-knowledge", "-H", "Host: app.example");
      assertThat(run(get, url + "/304"))
          .startsWith("HTTP/2 304")
          .containsOnlyOnce("content-length: 5")
          .doesNotContain("curl:");
    }
  }

  @Test
  void nodesClientGetsHeadsBodiesAndAnyMethod() throws Exception {
    try (Origin origin = pages();
        ProxyFixture proxy = new ProxyFixture(PATIENT, origin.port())) {
      List<Config> got = node(proxy).lines().map(ConfigFactory::parseString).toList();
      assertThat(got).extracting(one -> one.getInt("status")).containsExactly(200, 304, 200, 200);
      assertThat(got).noneMatch(one -> one.hasPath("error"));
      assertThat(got)
          .extracting(one -> one.getString("body"))
          .containsExactly("", "", "hello", "hello");
      assertThat(got).extracting(one -> one.getString("head.content-length")).containsOnly("5");
      origin.nextRequest();
      origin.nextRequest();
      assertThat(origin.nextRequest())
          .startsWith("PROPFIND / HTTP/1.1\r\n")
          .contains("\r\ncontent-type: application/json;\r\n");
      assertThat(origin.nextRequest()).contains("\r\ntrailer: x-sum\r\n");
    }
  }

  private String node(ProxyFixture proxy) throws Exception {
    Path script = directory.resolve("http2-client.js");
    try (InputStream source =
        Objects.requireNonNull(Http2ClientsTest.class.getResourceAsStream("/http2-client.js"))) {
      Files.write(script, source.readAllBytes());
    }
    String port = Integer.toString(proxy.proxy().addresses().getFirst().getPort());
    return run(List.of("node", script.toString(), port));
  }

  private static String run(List<String> command, String... more) throws Exception {
    List<String> all = new ArrayList<>(command);
    all.addAll(List.of(more));
    Process process = new ProcessBuilder(all).redirectErrorStream(true).start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return output;
  }
}
