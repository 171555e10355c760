package dev.limpet.proxy.exactness;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.limpet.proxy.fixture.ProxyFixture;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What a client understood.
 *
 * @param status empty: none came
 * @param whole whether the response was
 */
record Heard(String status, List<String> lines, String body, List<String> trailers, boolean whole) {

  /** What is of one connection, changes with the time of day, or is our own. */
  private static final Set<String> PER_HOP =
      Set.of("connection", "transfer-encoding", "keep-alive", "date");

  static final Heard NOTHING = new Heard("", List.of(), "", List.of(), false);

  /** Malformed requests lose their stream over HTTP/2; that is its 400 (RFC 9113, 8.1.1). */
  static final Heard REFUSED = refused("400");

  static Heard refused(String status) {
    return new Heard(status, List.of(), "", List.of(), true);
  }

  static Heard of(
      String status, List<String> lines, String body, List<String> trailers, boolean whole) {
    List<String> kept =
        lines.stream()
            .filter(line -> !PER_HOP.contains(line.substring(0, line.indexOf(':'))))
            .filter(line -> !line.startsWith("set-cookie: limpet="))
            .sorted()
            .toList();
    boolean own = kept.contains("content-type: text/plain; charset=UTF-8");
    return own && (body.startsWith(status) || body.isEmpty())
        ? refused(status)
        : new Heard(status, kept, body, trailers, whole);
  }

  @Override
  public String toString() {
    String shown = body.length() > 50 ? body.length() + " bytes" : RequestCorpus.visible(body);
    return status + lines + shown + trailers + (whole ? "" : " cut");
  }

  /** Sends bytes on a connection of their own, and makes of what comes back what it means. */
  static Heard http1(ProxyFixture proxy, String bytes) throws IOException {
    boolean headOnly = bytes.startsWith("HEAD ");
    try (Socket socket = proxy.connect()) {
      socket.getOutputStream().write(bytes.getBytes(ISO_8859_1));
      String answer = readToEnd(socket.getInputStream());
      while (answer.startsWith("HTTP/1.1 1")) {
        answer = answer.substring(answer.indexOf("\r\n\r\n") + 4);
      }
      int end = answer.indexOf("\r\n\r\n");
      if (end < 0) {
        return NOTHING;
      }
      List<String> lines = new ArrayList<>();
      for (String line : answer.substring(0, end).split("\r\n", -1)) {
        int colon = line.indexOf(':');
        lines.add(
            colon < 0
                ? line
                : line.substring(0, colon).toLowerCase(Locale.ROOT) + line.substring(colon));
      }
      String status = lines.removeFirst().split(" ", 3)[1];
      String rest = answer.substring(end + 4);
      if (lines.contains("transfer-encoding: chunked")) {
        return dechunked(status, lines, rest);
      }
      int length = lengthOf(lines, rest.length());
      boolean whole = headOnly || status.equals("304") || rest.length() == length;
      return of(status, lines, rest, List.of(), whole);
    }
  }

  private static Heard dechunked(String status, List<String> lines, String chunks) {
    StringBuilder body = new StringBuilder();
    int at = 0;
    while (true) {
      int lineEnd = chunks.indexOf("\r\n", at);
      if (lineEnd < 0) {
        return of(status, lines, body.toString(), List.of(), false);
      }
      int size = Integer.parseInt(chunks.substring(at, lineEnd), 16);
      if (size == 0) {
        boolean whole = chunks.endsWith("\r\n\r\n");
        List<String> trailers = new ArrayList<>();
        for (String line : chunks.substring(lineEnd + 2).split("\r\n", -1)) {
          if (!line.isEmpty()) {
            int colon = line.indexOf(':');
            trailers.add(line.substring(0, colon).toLowerCase(Locale.ROOT) + line.substring(colon));
          }
        }
        return of(status, lines, body.toString(), trailers, whole);
      }
      int end = Math.min(chunks.length(), lineEnd + 2 + size);
      body.append(chunks, lineEnd + 2, end);
      at = end + 2;
    }
  }

  private static int lengthOf(List<String> lines, int otherwise) {
    for (String line : lines) {
      if (line.startsWith("content-length: ")) {
        return Integer.parseInt(line.substring(16));
      }
    }
    return otherwise;
  }

  private static String readToEnd(InputStream in) {
    ByteArrayOutputStream read = new ByteArrayOutputStream();
    byte[] buffer = new byte[8192];
    try {
      for (int size = in.read(buffer); size >= 0; size = in.read(buffer)) {
        read.write(buffer, 0, size);
      }
    } catch (IOException reset) {
      // A refusal may cut the connection while there is more to send.
    }
    return read.toString(ISO_8859_1);
  }
}
