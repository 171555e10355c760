package dev.limpet.e2e.affinity.site;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/1.1 client's connection that hides nothing: no retries, no redirects, no body kept. Of
 * use to one thread at a time, best a virtual one.
 */
public final class HttpConnection implements AutoCloseable {

  /**
   * @param head the header lines as they came, without the status line
   */
  public record Response(int status, List<String> head) {

    /** The first header of that name, which is given in lower case; null if there is none. */
    public @Nullable String header(String name) {
      return head.stream()
          .filter(line -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
          .map(line -> line.substring(name.length() + 1).strip())
          .findFirst()
          .orElse(null);
    }

    /** The value that a Set-Cookie gives the cookie; null if none does. */
    @Nullable String cookie(String name) {
      return head.stream()
          .filter(line -> line.regionMatches(true, 0, "set-cookie:", 0, 11))
          .map(line -> line.substring(11).strip())
          .filter(cookie -> cookie.startsWith(name + "="))
          .map(cookie -> cookie.substring(name.length() + 1).split(";", 2)[0])
          .findFirst()
          .orElse(null);
    }
  }

  private final Socket socket = new Socket();
  private final InputStream in;
  private boolean answered;
  private boolean reusable = true;

  HttpConnection(InetSocketAddress address, Duration patience) throws IOException {
    try {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout((int) patience.toMillis());
      socket.connect(address, (int) patience.toMillis());
      in = new BufferedInputStream(socket.getInputStream(), 1024);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** Sends without waiting for the answer. */
  void send(byte[] request) throws IOException {
    socket.getOutputStream().write(request);
  }

  Response exchange(byte[] request) throws IOException {
    answered = false;
    send(request);
    String first = line();
    List<String> head = new ArrayList<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      head.add(line);
    }
    Response response = new Response(Integer.parseInt(first.split(" ", 3)[1]), head);
    String length = response.header("content-length");
    if (length == null) {
      throw new IOException("no content-length: " + first + " " + head);
    }
    in.skipNBytes(Long.parseLong(length));
    reusable = !"close".equalsIgnoreCase(response.header("connection"));
    return response;
  }

  /** Whether anything of the last response has come. */
  boolean answered() {
    return answered;
  }

  boolean reusable() {
    return reusable;
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      // It is gone, which is what was wanted.
    }
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException("the connection ended" + (answered ? " in a response" : ""));
      }
      answered = true;
      line.append((char) c);
    }
    int end = line.length();
    return line.substring(0, end > 0 && line.charAt(end - 1) == '\r' ? end - 1 : end);
  }

  static byte[] request(String target, String headers) {
    return request("GET", target, headers, "");
  }

  /**
   * @param headers each with its line end
   * @param body may be empty
   */
  static byte[] request(String method, String target, String headers, String body) {
    String length = body.isEmpty() ? "" : "Content-Length: " + body.length() + "\r\n";
    return "%s %s HTTP/1.1\r\nHost: affinity.test\r\n%s%s\r\n%s"
        .formatted(method, target, headers, length, body)
        .getBytes(StandardCharsets.US_ASCII);
  }
}
