package dev.limpet.proxy.clients;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.KeepAliveClients;
import dev.limpet.testkit.Ports;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Two data planes on two ports that drain, end and come back in turn, as nodes that are restarted
 * one after the other, under the load of keep-alive clients.
 */
final class DrainCycles implements AutoCloseable {

  private static final int BODY = 60_000;
  private static final Duration DEADLINE = Duration.ofSeconds(20);

  private static final List<String> REQUESTS =
      List.of(
          "GET /short HTTP/1.1\r\nHost: app.example\r\n\r\n",
          "GET /long HTTP/1.1\r\nHost: app.example\r\n\r\n",
          "GET /slow HTTP/1.1\r\nHost: app.example\r\n\r\n",
          "POST /echo HTTP/1.1\r\nHost: app.example\r\nContent-Length: "
              + BODY
              + "\r\n\r\n"
              + "x".repeat(BODY));

  private final HttpServer origin;
  private final ExecutorService originThreads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<Integer> ports = List.of(Ports.free(), Ports.free());
  private final ProxyFixture[] nodes = new ProxyFixture[2];
  private final KeepAliveClients clients;

  DrainCycles(int clientCount) throws IOException {
    // Else responses wait for delayed acknowledgements, and there is no load.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    origin = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
    origin.createContext("/", DrainCycles::answer);
    origin.setExecutor(originThreads);
    origin.start();
    nodes[0] = start(0);
    nodes[1] = start(1);
    clients = new KeepAliveClients(clientCount, ports, REQUESTS);
  }

  /** One node drains, ends, and comes back. */
  void cycle(int number) {
    int index = number % 2;
    nodes[index].proxy().drain(Duration.ZERO, DEADLINE).toCompletableFuture().join();
    nodes[index].close();
    nodes[index] = start(index);
  }

  KeepAliveClients clients() {
    return clients;
  }

  @Override
  public void close() {
    clients.close();
    for (ProxyFixture node : nodes) {
      node.close();
    }
    origin.stop(0);
    originThreads.close();
  }

  private ProxyFixture start(int index) {
    return new ProxyFixture(
        """
        test.listener { bind = "127.0.0.1:%d", timeouts.keep-alive = 60s }
        limpet.upstreams.app {
          timeouts { connect = 10s, first-byte = 30s, idle = 30s }
          retries.attempts = 1
        }
        """
            .formatted(ports.get(index)),
        origin.getAddress().getPort());
  }

  private static void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] asked = exchange.getRequestBody().readAllBytes();
      String path = exchange.getRequestURI().getPath();
      byte[] body =
          switch (path) {
            case "/short" -> "ok".getBytes(StandardCharsets.US_ASCII);
            case "/echo" -> asked;
            default -> new byte[BODY];
          };
      exchange.sendResponseHeaders(200, path.equals("/slow") ? 0 : body.length);
      for (int from = 0; from < body.length; from += BODY / 3) {
        if (path.equals("/slow")) {
          LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
        exchange.getResponseBody().write(body, from, Math.min(BODY / 3, body.length - from));
        exchange.getResponseBody().flush();
      }
    }
  }
}
