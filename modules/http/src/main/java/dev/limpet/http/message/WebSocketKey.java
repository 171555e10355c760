package dev.limpet.http.message;

import akka.http.scaladsl.model.headers.RawHeader;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The key of an opening handshake of WebSocket (RFC 6455, 4.2.2). The answer to it shows that
 * whoever answers has understood the handshake; it is no secret.
 *
 * @param text of Sec-WebSocket-Key
 */
public record WebSocketKey(String text) {

  public static final String NAME = "sec-websocket-key";

  private static final String SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  public static WebSocketKey create() {
    byte[] bytes = new byte[16];
    ThreadLocalRandom.current().nextBytes(bytes);
    return new WebSocketKey(Base64.getEncoder().encodeToString(bytes));
  }

  public RawHeader header() {
    return new RawHeader("Sec-WebSocket-Key", text);
  }

  /** The Sec-WebSocket-Accept that is the answer to it. */
  public String accept() {
    try {
      byte[] sum =
          MessageDigest.getInstance("SHA-1")
              .digest((text + SUFFIX).getBytes(StandardCharsets.US_ASCII));
      return Base64.getEncoder().encodeToString(sum);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has it", e);
    }
  }
}
