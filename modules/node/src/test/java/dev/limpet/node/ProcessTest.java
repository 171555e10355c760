package dev.limpet.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.certificates.PemFiles;
import dev.limpet.testkit.Origin;
import dev.limpet.testkit.Ports;
import dev.limpet.testkit.TestCertificate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node as a process of its own: what it prints, and whom its admin listener answers. */
class ProcessTest {

  @TempDir private Path directory;

  private final int admin = Ports.free();
  private final HttpClient client = HttpClient.newHttpClient();
  private final Origin origin = Origin.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");

  private Process start(String more) throws IOException {
    return NodeProcess.start(directory, 0, origin.port(), admin, more);
  }

  @Test
  void nobodyHasToReadStandardOutput() throws Exception {
    Process node = start("");
    try (origin) {
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> answers("/ready").contains("\"ready\":true"));
      HttpRequest order =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + admin + "/api/v1/reload"))
              .timeout(Duration.ofSeconds(60))
              .header(
                  "User",
                  "somebody who has the settings read again and again and again and again and again")
              .POST(HttpRequest.BodyPublishers.noBody())
              .build();
      for (int i = 0; i < 3_000 && (i % 100 != 0 || dropped() == 0); i++) {
        assertThat(client.send(order, HttpResponse.BodyHandlers.ofString()).statusCode())
            .isEqualTo(200);
      }
      assertThat(dropped()).isPositive();
      assertThat(answers("/metrics")).contains("\nlimpet_access_log_dropped_total 0.0\n");
      int checks = origin.unreadRequests();
      await().until(() -> origin.unreadRequests() > checks + 2);
      terminate(node);
      assertThat(node.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(node.exitValue()).isZero();
    } finally {
      node.destroyForcibly();
    }
  }

  @Test
  void theLastLinesAreWrittenAndOrdersAreSignedIfTheyAreTakenAtAll() throws Exception {
    Process node = start("");
    try (origin) {
      CompletableFuture<String> output =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return new String(node.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                } catch (IOException e) {
                  return "";
                }
              });
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> answers("/ready").contains("\"ready\":true"));
      String server = "/api/v1/upstreams/app/servers/127.0.0.1:" + origin.port();
      String json = "Content-Type: application/json\r\n";
      String own = "127.0.0.1:" + admin;
      assertThat(ask("GET", "/api/v1/state", "evil.example:" + admin, "", ""))
          .startsWith("HTTP/1.1 403 ");
      assertThat(ask("GET", "/metrics", "evil.example", "", "")).startsWith("HTTP/1.1 403 ");
      assertThat(ask("GET", "/alive", "evil.example", "", "")).startsWith("HTTP/1.1 200 ");
      for (String host :
          List.of(
              own, "localhost:" + admin, "edge-1", "LIMPET.internal:80", "[::1]:1", "10.1.2.3")) {
        assertThat(ask("GET", "/api/v1/state", host, "", "")).as(host).startsWith("HTTP/1.1 200 ");
      }
      String down = "{\"state\": \"down\"}";
      assertThat(ask("PATCH", server, own, "Content-Type: text/plain\r\n", down))
          .startsWith("HTTP/1.1 415 ");
      assertThat(ask("PATCH", server, own, "", down)).startsWith("HTTP/1.1 415 ");
      for (String page :
          List.of("http://evil.example", "null", "http://localhost:3000", "https://" + own + "0")) {
        assertThat(ask("PATCH", server, own, json + "Origin: " + page + "\r\n", down))
            .as(page)
            .startsWith("HTTP/1.1 403 ");
        assertThat(ask("POST", "/api/v1/reload", own, "Origin: " + page + "\r\n", ""))
            .as(page)
            .startsWith("HTTP/1.1 403 ");
      }
      assertThat(
              ask(
                  "PATCH",
                  server,
                  own,
                  json + "User: alice\r\nOrigin: http://" + own + "\r\n",
                  "{\"state\": \"drain\"}"))
          .startsWith("HTTP/1.1 200 ");
      assertThat(
              ask(
                  "PATCH",
                  server,
                  own,
                  json + "Origin: https://limpet.internal\r\n",
                  "{\"state\": \"up\"}"))
          .startsWith("HTTP/1.1 200 ");
      terminate(node);
      assertThat(output.get(60, TimeUnit.SECONDS).lines().toList().getLast())
          .endsWith("edge-1 has stopped");
      assertThat(output.get())
          .contains(
              "\"alice\" at 127.0.0.1, a page of http://"
                  + own
                  + " sets app/127.0.0.1:"
                  + origin.port()
                  + " to drain",
              "127.0.0.1, a page of https://limpet.internal sets app/127.0.0.1:"
                  + origin.port()
                  + " to up")
          .doesNotContain("to down");
    } finally {
      node.destroyForcibly();
    }
  }

  @Test
  void certificatesThatEndAndThatAreGoneAreToldOf() throws Exception {
    TestCertificate own =
        TestCertificate.create(
            directory.resolve("tls"), "-1d", 5, "dns:shop.example,dns:b.example");
    Instant end = PemFiles.certificates(own.chain()).getFirst().getNotAfter().toInstant();
    Process node =
        start(
            """
            listeners += { name = https, bind = "127.0.0.1:0"
              tls.certificates = { certificate = "%s", key = "%s" } }
            upstreams.app.tls.ca = "%s"
            """
                .formatted(own.chain(), own.key(), own.chain()));
    try (origin) {
      Supplier<String> output = NodeProcess.output(node);
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> answers("/ready").contains("\"ready\":true"));
      Matcher metric =
          Pattern.compile(
                  "^limpet_tls_certificate_expiry_timestamp_seconds[{]listener=\"https\",name=\"shop.example\"[}] (\\S+)$",
                  Pattern.MULTILINE)
              .matcher(answers("/metrics"));
      assertThat(metric.find()).isTrue();
      assertThat((long) Double.parseDouble(metric.group(1))).isEqualTo(end.getEpochSecond());
      Files.delete(own.chain());
      assertThat(ask("POST", "/api/v1/reload", "127.0.0.1:" + admin, "", ""))
          .startsWith("HTTP/1.1 422 ")
          .contains(
              "limpet.listeners[1].tls.certificates.certificate: there is no file " + own.chain(),
              "limpet.upstreams.app.tls.ca: there is no file " + own.chain());
      await()
          .untilAsserted(
              () ->
                  assertThat(output.get())
                      .contains(
                          "tls.certificates.certificate: %s: the certificate of CN=test expires at %s"
                              .formatted(own.chain(), end),
                          "limpet.upstreams.app.tls.ca: %s: the certificate of CN=test expires at %s"
                              .formatted(own.chain(), end),
                          "listener https keeps its old certificates: "
                              + own.chain()
                              + ": there is no such file",
                          "upstream app keeps its old certificates: "
                              + own.chain()
                              + ": there is no such file"));
    } finally {
      node.destroyForcibly();
    }
  }

  /** The process's own way would close its pipe as well. */
  private static void terminate(Process node) {
    node.toHandle().destroy();
  }

  private long dropped() {
    Matcher line =
        Pattern.compile("^limpet_log_dropped_total (\\S+)$", Pattern.MULTILINE)
            .matcher(answers("/metrics"));
    return line.find() ? (long) Double.parseDouble(line.group(1)) : 0;
  }

  private String answers(String path) {
    try {
      return client
          .send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + admin + path))
                  .timeout(Duration.ofSeconds(60))
                  .build(),
              HttpResponse.BodyHandlers.ofString())
          .body();
    } catch (IOException e) {
      return "";
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private String ask(String method, String path, String host, String headers, String body)
      throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), admin)) {
      socket.setSoTimeout(60_000);
      socket
          .getOutputStream()
          .write(
              "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Length: %d\r\n%s\r\n%s"
                  .formatted(method, path, host, body.length(), headers, body)
                  .getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
