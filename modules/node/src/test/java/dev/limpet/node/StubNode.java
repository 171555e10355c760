package dev.limpet.node;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** An admin listener that answers as it is told to. */
final class StubNode implements AutoCloseable {

  private final HttpServer server;
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final Map<String, Reply> replies = new ConcurrentHashMap<>();
  private volatile Reply reply;

  /**
   * @param body with apostrophes for quotes
   */
  private record Reply(int status, String body) {}

  StubNode(int status, String body) throws IOException {
    this(0, status, body);
  }

  /**
   * @param body with apostrophes for quotes
   */
  StubNode(int port, int status, String body) throws IOException {
    reply = new Reply(status, body);
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.createContext(
        "/",
        request -> {
          String sent = new String(request.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          String target = request.getRequestMethod() + " " + request.getRequestURI();
          String match = request.getRequestHeaders().getFirst("If-Match");
          asked.add((target + " " + sent + (match == null ? "" : " if " + match)).strip());
          Reply told = replies.getOrDefault(target, reply);
          byte[] answer = told.body().replace('\'', '"').getBytes(StandardCharsets.UTF_8);
          boolean json = told.body().startsWith("{");
          request
              .getResponseHeaders()
              .set("Content-Type", json ? "application/json" : "text/plain; charset=UTF-8");
          request.getResponseHeaders().set("ETag", "\"v1\"");
          request.sendResponseHeaders(told.status(), answer.length);
          request.getResponseBody().write(answer);
          request.close();
        });
    server.start();
  }

  void answer(int status, String body) {
    reply = new Reply(status, body);
  }

  /**
   * @param target of these requests only, such as {@code GET /api/v1/state}
   */
  StubNode on(String target, int status, String body) {
    replies.put(target, new Reply(status, body));
    return this;
  }

  int port() {
    return server.getAddress().getPort();
  }

  /** Method, target, body and condition of each request. */
  List<String> asked() {
    return asked;
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
