package dev.limpet.proxy.http2;

import dev.limpet.proxy.fixture.Http2Client;
import dev.limpet.testkit.Origin;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** WebSockets over HTTP/2 as clients ask for them, and servers that agree. */
final class WebSockets {

  private WebSockets() {}

  /** Agrees, says something at once, and then whatever it hears. */
  static Origin echo(String first) {
    return new Origin(
        (self, socket) -> {
          socket.setTcpNoDelay(true);
          self.write(socket, agreement(self.readRequest(socket)) + first);
          socket.getInputStream().transferTo(socket.getOutputStream());
        });
  }

  /** The answer to this request that a WebSocket begins with. */
  static String agreement(String request) {
    return "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        + "Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Accept: "
        + accept(request)
        + "\r\n\r\n";
  }

  private static String accept(String request) {
    String name = "Sec-WebSocket-Key: ";
    int at = request.indexOf(name) + name.length();
    String key = request.substring(at, request.indexOf("\r\n", at));
    try {
      byte[] sum =
          MessageDigest.getInstance("SHA-1")
              .digest(
                  (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
                      .getBytes(StandardCharsets.US_ASCII));
      return Base64.getEncoder().encodeToString(sum);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /** Asks for a WebSocket; returns its stream. */
  static int connect(Http2Client client) throws IOException {
    int stream = client.nextStream();
    client.headers(stream, 0, head());
    return stream;
  }

  /** An extended CONNECT. */
  static Http2Headers head() {
    return new DefaultHttp2Headers(false)
        .method("CONNECT")
        .scheme("http")
        .authority("app.example")
        .path("/ws?a=b")
        .add(":protocol", "websocket")
        .add("sec-websocket-version", "13")
        .add("sec-websocket-key", "of-no-meaning-here");
  }

  /** Reads until all that has come on a stream is this. */
  static void readTo(Http2Client client, int stream, String text) throws IOException {
    while (!client.of(stream).text().equals(text)) {
      client.read();
    }
  }
}
