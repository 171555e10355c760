package dev.limpet.proxy;

import dev.limpet.model.settings.ServerId;
import dev.limpet.testkit.Origin;

/**
 * A server that begins each body with a name, and sends what header lines and body it is told to.
 */
public final class NamedOrigin implements AutoCloseable {

  private final Origin origin;
  private volatile String lines = "";
  private volatile String body = "";

  public NamedOrigin(String name) {
    origin =
        new Origin(
            (self, socket) -> {
              while (!self.readRequest(socket).isEmpty()) {
                String sent = name + body;
                self.write(
                    socket,
                    "HTTP/1.1 200 OK\r\n"
                        + lines
                        + "Content-Length: "
                        + sent.length()
                        + "\r\n\r\n"
                        + sent);
              }
            });
  }

  public int port() {
    return origin.port();
  }

  String id() {
    return "127.0.0.1:" + port();
  }

  long hash() {
    return ServerId.of("app", id()).hash();
  }

  /** From now on, responses have this line. */
  void line(String line) {
    lines = line + "\r\n";
  }

  /** From now on, bodies end with this. */
  void body(String text) {
    body = text;
  }

  String nextRequest() throws InterruptedException {
    return origin.nextRequest();
  }

  @Override
  public void close() {
    origin.close();
  }
}
