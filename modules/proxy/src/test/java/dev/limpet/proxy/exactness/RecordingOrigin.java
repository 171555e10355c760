package dev.limpet.proxy.exactness;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.limpet.testkit.Origin;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/** Servers that keep what they get. */
final class RecordingOrigin {

  private RecordingOrigin() {}

  /** A server that keeps the exact bytes of each whole request, its chunks joined. */
  static Origin recording(BlockingQueue<String> seen) {
    return new Origin(
        (self, socket) -> {
          InputStream in = socket.getInputStream();
          for (String head = readHead(in); head != null; head = readHead(in)) {
            String lower = head.toLowerCase(Locale.ROOT);
            if (lower.contains("\r\nexpect:")) {
              self.write(socket, "HTTP/1.1 100 Continue\r\n\r\n");
            }
            int length = lower.indexOf("\r\ncontent-length: ");
            StringBuilder request = new StringBuilder(head);
            if (length >= 0) {
              int size =
                  Integer.parseInt(head.substring(length + 18, head.indexOf("\r", length + 2)));
              request.append(new String(in.readNBytes(size), ISO_8859_1));
            } else if (lower.contains("\r\ntransfer-encoding: chunked\r\n")) {
              for (int size = chunkSize(in); size > 0; size = chunkSize(in)) {
                request.append(new String(in.readNBytes(size), ISO_8859_1));
                wholeLine(in);
              }
              for (String line = wholeLine(in); !line.isEmpty(); line = wholeLine(in)) {
                request.append("\ntrailer ").append(line);
              }
            }
            seen.add(request.toString());
            boolean headOnly = head.startsWith("HEAD ");
            self.write(
                socket,
                "HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 5\r\n\r\n"
                    + (headOnly ? "" : "hello"));
          }
        });
  }

  private static @Nullable String readHead(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    for (String line = readLine(in); line != null; line = readLine(in)) {
      head.append(line).append("\r\n");
      if (line.isEmpty()) {
        return head.toString();
      }
    }
    return null;
  }

  private static int chunkSize(InputStream in) throws IOException {
    return Integer.parseInt(wholeLine(in), 16);
  }

  /** A request that breaks off is none. */
  private static String wholeLine(InputStream in) throws IOException {
    String line = readLine(in);
    if (line == null) {
      throw new EOFException("within a request");
    }
    return line;
  }

  private static @Nullable String readLine(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c >= 0; c = in.read()) {
      if (c == '\n') {
        line.setLength(line.length() - 1);
        return line.toString();
      }
      line.append((char) c);
    }
    return null;
  }
}
