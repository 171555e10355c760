package dev.limpet.node;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** An admin listener that answers as it is told to. */
final class StubNode implements AutoCloseable {

  private final HttpServer server;
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private volatile int status;
  private volatile String body;

  StubNode(int status, String body) throws IOException {
    this(0, status, body);
  }

  /**
   * @param body with apostrophes for quotes
   */
  StubNode(int port, int status, String body) throws IOException {
    this.status = status;
    this.body = body;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.createContext(
        "/",
        request -> {
          String sent = new String(request.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          asked.add(request.getRequestMethod() + " " + request.getRequestURI() + " " + sent);
          byte[] answer = this.body.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
          request.sendResponseHeaders(this.status, answer.length);
          request.getResponseBody().write(answer);
          request.close();
        });
    server.start();
  }

  void answer(int status, String body) {
    this.body = body;
    this.status = status;
  }

  String address() {
    return "127.0.0.1:" + port();
  }

  int port() {
    return server.getAddress().getPort();
  }

  /** Method, target and body of each request. */
  List<String> asked() {
    return asked;
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
