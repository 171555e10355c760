package dev.limpet.telemetry;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.limpet.testkit.TestCertificate;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A collector that decodes what it gets, and answers as a test wants it. */
final class TestCollector implements AutoCloseable {

  /** One message of the exporter. */
  record Message(ExportTraceServiceRequest content, @Nullable String authorization) {

    List<Span> spans() {
      return content.getResourceSpansList().stream()
          .flatMap(resource -> resource.getScopeSpansList().stream())
          .flatMap(scope -> scope.getSpansList().stream())
          .toList();
    }
  }

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final BlockingQueue<Message> messages = new LinkedBlockingQueue<>();
  private final boolean secure;
  private volatile int status = 200;
  private volatile @Nullable String retryAfter;
  private volatile CountDownLatch held = new CountDownLatch(0);

  TestCollector() {
    this(0, null);
  }

  /**
   * @param port 0 for a free one
   * @param certificate null for one that speaks no TLS
   */
  TestCollector(int port, @Nullable TestCertificate certificate) {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    secure = certificate != null;
    try {
      if (certificate == null) {
        server = HttpServer.create(address, 0);
      } else {
        HttpsServer https = HttpsServer.create(address, 0);
        https.setHttpsConfigurator(new HttpsConfigurator(certificate.serverContext()));
        server = https;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext("/v1/traces", this::answer);
    server.setExecutor(threads);
    server.start();
  }

  private void answer(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    // Before the test knows, which may then want others answered otherwise.
    int answer = status;
    String later = retryAfter;
    messages.add(
        new Message(
            ExportTraceServiceRequest.parseFrom(body),
            exchange.getRequestHeaders().getFirst("Authorization")));
    try {
      held.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (later != null) {
      exchange.getResponseHeaders().set("Retry-After", later);
    }
    exchange.getResponseHeaders().set("Content-Type", "application/x-protobuf");
    exchange.sendResponseHeaders(answer, -1);
    exchange.close();
  }

  /** Answers so from now on. */
  void answers(int next, @Nullable String withRetryAfter) {
    retryAfter = withRetryAfter;
    status = next;
  }

  /** Answers nothing until that is run. */
  Runnable hold() {
    CountDownLatch latch = new CountDownLatch(1);
    held = latch;
    return latch::countDown;
  }

  URI endpoint() {
    return URI.create(
        "%s://127.0.0.1:%d/v1/traces"
            .formatted(secure ? "https" : "http", server.getAddress().getPort()));
  }

  int port() {
    return server.getAddress().getPort();
  }

  Message next() throws InterruptedException {
    return Objects.requireNonNull(messages.poll(1, TimeUnit.MINUTES), "nothing came");
  }

  int unread() {
    return messages.size();
  }

  @Override
  public void close() {
    held.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
