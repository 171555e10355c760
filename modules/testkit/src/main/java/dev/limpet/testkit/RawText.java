package dev.limpet.testkit;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** Text on sockets, a byte a character. */
public final class RawText {

  private RawText() {}

  public static void write(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    socket.getOutputStream().flush();
  }

  /** Reads up to and with {@code end}; what follows stays where it is. */
  public static String readUntil(Socket socket, String end) throws IOException {
    StringBuilder text = new StringBuilder();
    while (text.indexOf(end, text.length() - end.length()) < 0) {
      int c = socket.getInputStream().read();
      if (c < 0) {
        throw new AssertionError("the connection ended after: " + text);
      }
      text.append((char) c);
    }
    return text.toString();
  }
}
