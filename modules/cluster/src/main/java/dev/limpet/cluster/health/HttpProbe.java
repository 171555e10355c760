package dev.limpet.cluster.health;

import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.HealthCheck.Kind;
import dev.limpet.model.settings.ResponseMatch;
import dev.limpet.model.settings.TextMatch;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Sends one request and judges its response. It speaks as much HTTP/1.1 as that needs (RFC 9112);
 * java.net.http would keep the connection, not let us set Host, and never end a body that stalls.
 */
final class HttpProbe {

  private static final int MAX_HEAD = 64 * 1024;
  private static final Pattern STATUS_LINE = Pattern.compile("HTTP/1\\.[01] ([1-9][0-9]{2})( .*)?");
  private static final Set<String> WITH_BODY = Set.of("POST", "PUT", "PATCH");

  private final Kind.Http http;
  private final HostPort server;
  private final Consumer<String> verdict;

  /**
   * @param verdict told {@link Probe#PASSED} or what is wrong, as soon as that is known
   */
  HttpProbe(Kind.Http http, HostPort server, Consumer<String> verdict) {
    this.http = http;
    this.server = server;
    this.verdict = verdict;
  }

  /** Reads the response to its end in any case: a server need not see a client that gives up. */
  void exchange(Socket socket) throws IOException {
    socket.getOutputStream().write(request().getBytes(StandardCharsets.ISO_8859_1));
    Response response = new Response(new BufferedInputStream(socket.getInputStream()));
    if (!response.readHead()) {
      verdict.accept("the answer is not HTTP/1.1");
      return;
    }
    String wrong = judge(response);
    if (!wrong.isEmpty() || http.match().body().isEmpty()) {
      verdict.accept(wrong);
    }
    byte[] body = response.readBody(http.method());
    http.match().body().ifPresent(match -> verdict.accept(judge(body, match)));
  }

  private String request() {
    StringBuilder request = new StringBuilder();
    request.append(http.method()).append(' ').append(http.path()).append(" HTTP/1.1\r\n");
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    headers.put("User-Agent", "limpet-health");
    headers.putAll(http.headers());
    headers.put("Connection", "close");
    if (WITH_BODY.contains(http.method())) {
      headers.put("Content-Length", "0");
    }
    request.append("Host: ").append(http.host().orElse(server.toString())).append("\r\n");
    headers.forEach(
        (name, value) -> request.append(name).append(": ").append(value).append("\r\n"));
    return request.append("\r\n").toString();
  }

  private String judge(Response response) {
    if (!http.match().status().test(response.status)) {
      return "status " + response.status;
    }
    for (ResponseMatch.Header header : http.match().headers()) {
      List<String> values = response.values(header.name());
      String wrong =
          switch (header) {
            case ResponseMatch.Header.Present(String name) ->
                values.isEmpty() ? "no header " + name : "";
            case ResponseMatch.Header.Absent(String name) ->
                values.isEmpty() ? "" : "there is a header " + name;
            case ResponseMatch.Header.Value(String name, TextMatch match) ->
                judge(name, values, match);
          };
      if (!wrong.isEmpty()) {
        return wrong;
      }
    }
    return Probe.PASSED;
  }

  private static String judge(String name, List<String> values, TextMatch match) {
    boolean good =
        match.negated()
            ? values.stream().allMatch(match::test)
            : values.stream().anyMatch(match::test);
    return good ? Probe.PASSED : "no header " + name + " matching " + match;
  }

  private static String judge(byte[] body, TextMatch match) {
    return match.test(new String(body, StandardCharsets.UTF_8))
        ? Probe.PASSED
        : "body does not match " + match;
  }

  private static final class Response {

    private final InputStream in;
    private final List<String[]> headers = new ArrayList<>();
    private int status;
    private int headSize;

    Response(InputStream in) {
      this.in = in;
    }

    /** Whether there is one. */
    boolean readHead() throws IOException {
      do {
        Matcher line = STATUS_LINE.matcher(readLine());
        if (!line.matches()) {
          return false;
        }
        status = Integer.parseInt(line.group(1));
        headers.clear();
        for (String header = readLine(); !header.isEmpty(); header = readLine()) {
          int colon = header.indexOf(':');
          if (colon <= 0) {
            return false;
          }
          headers.add(
              new String[] {header.substring(0, colon), header.substring(colon + 1).strip()});
        }
      } while (status < 200 && status != 101);
      return true;
    }

    List<String> values(String name) {
      return headers.stream()
          .filter(header -> header[0].equalsIgnoreCase(name))
          .map(header -> header[1])
          .toList();
    }

    /** The first {@link Probe#MAX_BYTES} of it. */
    byte[] readBody(String method) throws IOException {
      if (method.equals("HEAD") || status == 101 || status == 204 || status == 304) {
        return new byte[0];
      }
      List<String> codings = values("Transfer-Encoding");
      if (!codings.isEmpty() && codings.getLast().toLowerCase(Locale.ROOT).endsWith("chunked")) {
        return readChunks();
      }
      List<String> lengths = values("Content-Length");
      return lengths.isEmpty()
          ? in.readNBytes(Probe.MAX_BYTES)
          : exactly(number(lengths.getFirst(), 10));
    }

    private byte[] readChunks() throws IOException {
      ByteArrayOutputStream body = new ByteArrayOutputStream();
      while (body.size() < Probe.MAX_BYTES) {
        headSize = 0;
        String size = readLine().split(";", 2)[0].strip();
        long length = number(size, 16);
        if (length == 0) {
          break;
        }
        body.write(exactly(Math.min(length, Probe.MAX_BYTES - body.size())));
        if (body.size() < Probe.MAX_BYTES) {
          readLine();
        }
      }
      return body.toByteArray();
    }

    private byte[] exactly(long length) throws IOException {
      int wanted = (int) Math.min(length, Probe.MAX_BYTES);
      byte[] read = in.readNBytes(wanted);
      if (read.length < wanted) {
        throw cutOff();
      }
      return read;
    }

    private EOFException cutOff() {
      return new EOFException(
          headSize == 0 && status == 0
              ? "connection closed without an answer"
              : "connection closed before the end of the answer");
    }

    private static long number(String digits, int radix) throws IOException {
      try {
        return Long.parseUnsignedLong(digits, radix) & Long.MAX_VALUE;
      } catch (NumberFormatException e) {
        throw new IOException("the answer's body has no length: \"" + digits + "\"", e);
      }
    }

    private String readLine() throws IOException {
      StringBuilder line = new StringBuilder();
      for (int c = in.read(); c != '\n'; c = in.read()) {
        if (c < 0) {
          throw cutOff();
        }
        if (++headSize > MAX_HEAD) {
          throw new IOException("the answer's head is longer than 64 KiB");
        }
        line.append((char) c);
      }
      int end = line.length();
      return line.substring(0, end > 0 && line.charAt(end - 1) == '\r' ? end - 1 : end);
    }
  }
}
