package dev.limpet.node;

import com.sun.net.httpserver.HttpServer;
import dev.limpet.model.settings.Settings;
import dev.limpet.settings.SettingsFile;
import dev.limpet.settings.SettingsReader;
import dev.limpet.settings.hocon.InvalidSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * Runs a node for some seconds with a server and a client in the same process, then ends. The build
 * does this once, with a JVM that writes down which classes were loaded and which methods were hot
 * (JEP 483, JEP 515); a node that has these notes is Ready in half the time.
 */
@Command(name = "rehearse", hidden = true)
final class RehearseCommand implements Callable<Integer> {

  private static final int REQUESTS = 3000;
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  /** What it keeps is of no use afterwards. */
  @Parameters(paramLabel = "DIRECTORY", description = "where the node keeps what it has to")
  private Path directory = Path.of("");

  @Override
  public Integer call() throws IOException, InvalidSettings {
    HttpServer origin = HttpServer.create(new InetSocketAddress(loopback(), 0), 0);
    byte[] body = "hello".getBytes(StandardCharsets.UTF_8);
    origin.createContext(
        "/",
        exchange -> {
          try (exchange) {
            exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
          }
        });
    origin.start();
    int port = freePort();
    int admin = freePort();
    SettingsFile read = settings(port, origin.getAddress().getPort(), admin);
    Settings settings = read.read().settings();
    Logging.configure(settings);
    Thread.ofPlatform()
        .daemon()
        .start(() -> drive("http://127.0.0.1:" + port + "/", "http://127.0.0.1:" + admin));
    return NodeRuntime.run(Path.of("rehearsal.conf"), read, settings);
  }

  private static void drive(String url, String admin) {
    try (HttpClient client = HttpClient.newHttpClient()) {
      awaitAnswer(client, url);
      for (int i = 0; i < REQUESTS; i++) {
        client.send(request(url, i % 4 == 0), HttpResponse.BodyHandlers.discarding());
        if (i % 100 == 0) {
          client.send(change(admin, i), HttpResponse.BodyHandlers.discarding());
        }
      }
    } catch (IOException | InterruptedException e) {
      System.err.println("limpet: rehearsing failed: " + e);
      Runtime.getRuntime().halt(1);
    }
    System.exit(0);
  }

  private static void awaitAnswer(HttpClient client, String url)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TIMEOUT.toNanos();
    while (true) {
      try {
        client.send(request(url, false), HttpResponse.BodyHandlers.discarding());
        return;
      } catch (IOException notListening) {
        if (System.nanoTime() > deadline) {
          throw notListening;
        }
        Thread.sleep(50);
      }
    }
  }

  private static HttpRequest change(String admin, int number) {
    return HttpRequest.newBuilder(URI.create(admin + "/api/v1/upstreams/origin/servers/rehearsed"))
        .header("Content-Type", "application/json")
        .method(
            "PATCH",
            HttpRequest.BodyPublishers.ofString("{\"weight\": " + (1 + number / 100) + "}"))
        .build();
  }

  private static HttpRequest request(String url, boolean post) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url)).header("Cookie", "a=b; limpet=nonsense");
    return post
        ? request.POST(HttpRequest.BodyPublishers.ofString("body")).build()
        : request.build();
  }

  private SettingsFile settings(int port, int origin, int admin)
      throws IOException, InvalidSettings {
    Path file = Files.createTempFile("limpet", ".conf");
    try {
      Files.writeString(
          file,
          """
          limpet {
            node { name = rehearsal, event-loops = 1, data = "%s" }
            log.level = error
            listeners = [ { name = http, bind = "127.0.0.1:%d" } ]
            upstreams.origin.servers = [ { id = rehearsed, address = "127.0.0.1:%d" } ]
            hosts = [ { routes = [ { path = "/", upstream = origin } ] } ]
            cluster.bind = "127.0.0.1:%d"
            admin.bind = "127.0.0.1:%d"
          }
          """
              .formatted(directory.toAbsolutePath(), port, origin, freePort(), admin));
      return SettingsReader.open(file);
    } finally {
      Files.delete(file);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket probe = new ServerSocket(0, 1, loopback())) {
      return probe.getLocalPort();
    }
  }

  private static InetAddress loopback() {
    return InetAddress.getLoopbackAddress();
  }
}
