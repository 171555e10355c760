package dev.limpet.proxy.exactness;

import static dev.limpet.proxy.fixture.Http2Client.END_STREAM;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.proxy.exactness.MessageCorpus.Line;
import dev.limpet.proxy.exactness.MessageCorpus.Message;
import dev.limpet.proxy.fixture.Http2Client;
import dev.limpet.proxy.fixture.Http2Client.Response;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * One meaning, two protocols: hundreds of requests, and of responses, each over HTTP/1.1 and over
 * HTTP/2. The server gets the same bytes and the client the same answer, or the reason stands here.
 */
class TwoProtocolsTest {

  /** Requests that differ: how the case's name begins ($: ends), and why. */
  private static final Map<String, String> REQUESTS =
      Map.ofEntries(
          entry(
              "blanks/",
              "around a value no part of it (RFC 9112, 5.1) or malformed (RFC 9113, 8.2.1)"),
          entry("cookies/", "one line (RFC 9113, 8.2.3)"),
          entry("target/connect$", "may not have a path (RFC 9113, 8.5)"),
          entry("field/te=gzip", "of a connection, malformed in HTTP/2 (RFC 9113, 8.2.2)"),
          entry("field/keep-alive", "of a connection, malformed in HTTP/2 (RFC 9113, 8.2.2)"),
          entry("field/proxy-connection", "of a connection, malformed in HTTP/2 (RFC 9113, 8.2.2)"),
          entry("field/upgrade=", "of a connection, malformed in HTTP/2 (RFC 9113, 8.2.2)"),
          entry(
              "field/transfer-encoding", "of a connection, malformed in HTTP/2 (RFC 9113, 8.2.2)"));

  private static final Map<String, String> RESPONSES =
      Map.ofEntries(
          entry("no-body/205", "has no body, and needs no length that says so"),
          entry(
              "chunks/0\\r\\n\\r\\n$",
              "an empty body needs no length that its server did not give"),
          entry(
              "trailer/0 Content-Length",
              "an empty body needs no length that its server did not give"));

  private static final String SETTINGS =
      """
      limpet.limits { max-head-size = 64k, max-header-size = 16k, max-header-count = 128, max-target-size = 16k }
      limpet.upstreams.app.timeouts.first-byte = 10s
      test.listener.timeouts.keep-alive = 10s
      limpet.hosts = [ { names = [ "*" ], routes = [ { path = "/", upstream = app } ] } ]
      """;

  /** What is of one connection, changes with the time of day, or is our own. */
  private static final Set<String> PER_HOP =
      Set.of("connection", "transfer-encoding", "keep-alive", "date");

  @Test
  void serversGetTheSameRequestsAndClientsTheSameAnswers() throws Exception {
    BlockingQueue<String> seen = new LinkedBlockingQueue<>();
    List<Message> corpus = MessageCorpus.all();
    Differences differences = new Differences(REQUESTS);
    try (Origin origin = recording(seen);
        ProxyFixture proxy = new ProxyFixture(SETTINGS, origin.port());
        Connections http2 = new Connections(proxy)) {
      for (Message sent : corpus) {
        Heard one = http1(proxy, bytes(sent));
        List<String> first = drain(seen);
        Heard two = http2.exchange(sent.method(), client -> send(client, sent));
        List<String> second = drain(seen);
        if (!one.equals(two) || !first.equals(second)) {
          differences.add(
              sent.name(), "\n  1.1 " + one + " " + first + "\n  2   " + two + " " + second);
        }
      }
    }
    assertThat(corpus).hasSizeGreaterThan(500);
    differences.check("requests", corpus.size());
  }

  @Test
  void clientsGetTheSameResponses() throws Exception {
    List<ResponseCorpus.Case> corpus = ResponseCorpus.all();
    Differences differences = new Differences(RESPONSES);
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  String request = self.readRequest(socket);
                  if (!request.isEmpty()) {
                    int at = request.indexOf(' ') + 2;
                    int index = Integer.parseInt(request.substring(at, request.indexOf(' ', at)));
                    self.write(socket, corpus.get(index).bytes());
                  }
                });
        ProxyFixture proxy = new ProxyFixture(SETTINGS, origin.port());
        Connections http2 = new Connections(proxy)) {
      for (int i = 0; i < corpus.size(); i++) {
        String method = corpus.get(i).method();
        String target = "/" + i;
        Heard one =
            http1(
                proxy, method + " " + target + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        Heard two = http2.exchange(method, client -> client.request(END_STREAM, method, target));
        if (!one.equals(two)) {
          differences.add(corpus.get(i).name(), "\n  1.1 " + one + "\n  2   " + two);
        }
      }
    }
    assertThat(corpus).hasSizeGreaterThan(300);
    differences.check("responses", corpus.size());
  }

  /** Differences between the protocols, found and listed. */
  private static final class Differences {

    private final Map<String, String> reasons;
    private final Map<String, Integer> counts = new TreeMap<>();
    private final List<String> faults = new ArrayList<>();

    Differences(Map<String, String> reasons) {
      this.reasons = reasons;
    }

    void add(String name, String what) {
      for (String listed : reasons.keySet()) {
        if ((name + "$").startsWith(listed)) {
          counts.merge(listed, 1, Integer::sum);
          return;
        }
      }
      faults.add(name + what);
    }

    void check(String kind, int cases) {
      int listed = counts.values().stream().mapToInt(Integer::intValue).sum();
      System.out.printf("%d %s over two protocols: %d differ%n", cases, kind, listed);
      counts.forEach(
          (name, count) ->
              System.out.println("  " + name + " (" + count + "): " + reasons.get(name)));
      assertThat(faults).as("differences without a reason").isEmpty();
      assertThat(counts.keySet()).as("reasons that are in use").isEqualTo(reasons.keySet());
    }
  }

  /**
   * What a client understood.
   *
   * @param status empty: none came
   * @param whole whether the response was
   */
  private record Heard(
      String status, List<String> lines, String body, List<String> trailers, boolean whole) {

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
  }

  /**
   * HTTP/2 connections, one at a time; no request may cost more than its stream. Each has a few
   * only, for clients that make many mistakes are cut off.
   */
  private static final class Connections implements AutoCloseable {

    interface Request {
      int send(Http2Client client) throws IOException;
    }

    private static final int REQUESTS_EACH = 10;

    private final ProxyFixture proxy;
    private Http2Client client;
    private int left = REQUESTS_EACH;

    Connections(ProxyFixture proxy) throws IOException {
      this.proxy = proxy;
      this.client = new Http2Client(proxy);
    }

    Heard exchange(String method, Request request) throws IOException {
      if (left-- == 0) {
        client.close();
        client = new Http2Client(proxy);
        left = REQUESTS_EACH - 1;
      }
      try {
        Response response = client.response(request.send(client));
        if (response.headers == null) {
          return "PROTOCOL_ERROR".equals(String.valueOf(response.reset))
              ? Heard.REFUSED
              : Heard.NOTHING;
        }
        if (method.equals("HEAD") && response.body.size() > 0) {
          return new Heard("a body with HEAD", List.of(), response.text(), List.of(), false);
        }
        return Heard.of(
            response.status(),
            lines(response.headers),
            response.body.toString(ISO_8859_1),
            response.trailers == null ? List.of() : lines(response.trailers),
            response.ended);
      } catch (IOException dead) {
        client.close();
        client = new Http2Client(proxy);
        return new Heard("connection lost: " + dead, List.of(), method, List.of(), false);
      }
    }

    private static List<String> lines(Http2Headers headers) {
      List<String> lines = new ArrayList<>();
      headers.forEach(
          line -> {
            if (!Http2Headers.PseudoHeaderName.hasPseudoHeaderFormat(line.getKey())) {
              lines.add(line.getKey() + ": " + line.getValue());
            }
          });
      return lines;
    }

    @Override
    public void close() throws IOException {
      client.close();
    }
  }

  private static String bytes(Message message) {
    StringBuilder text = new StringBuilder();
    text.append(message.method()).append(' ').append(message.target()).append(" HTTP/1.1\r\n");
    if (message.authority() != null) {
      text.append("Host: ").append(message.authority()).append("\r\n");
    }
    message.lines().forEach(line -> append(text, line));
    String body = message.body() == null ? "" : message.body();
    boolean chunked = message.body() != null && !message.hasLength();
    text.append(chunked ? "Transfer-Encoding: chunked\r\n" : "")
        .append("Connection: close\r\n\r\n");
    if (chunked && !body.isEmpty()) {
      text.append(Integer.toHexString(body.length())).append("\r\n").append(body).append("\r\n");
    } else {
      text.append(body);
    }
    if (chunked) {
      text.append("0\r\n");
      message.trailers().forEach(line -> append(text, line));
      text.append("\r\n");
    }
    return text.toString();
  }

  private static void append(StringBuilder text, Line line) {
    text.append(line.name()).append(": ").append(line.value()).append("\r\n");
  }

  private static int send(Http2Client client, Message message) throws IOException {
    Http2Headers head =
        new DefaultHttp2Headers(false)
            .method(message.method())
            .scheme("http")
            .path(message.target());
    if (message.authority() != null) {
      head.authority(message.authority());
    }
    message.lines().forEach(line -> head.add(line.name(), line.value()));
    String body = message.body();
    int stream = client.nextStream();
    client.headers(stream, body == null ? END_STREAM : 0, head);
    if (body != null) {
      boolean last = message.trailers().isEmpty();
      byte[] bytes = body.getBytes(ISO_8859_1);
      int at = 0;
      do {
        int size = Math.min(16_000, bytes.length - at);
        byte[] part = Arrays.copyOfRange(bytes, at, at + size);
        at += size;
        client.data(stream, last && at == bytes.length ? END_STREAM : 0, part);
      } while (at < bytes.length);
      if (!last) {
        Http2Headers trailers = new DefaultHttp2Headers(false);
        message.trailers().forEach(line -> trailers.add(line.name(), line.value()));
        client.headers(stream, END_STREAM, trailers);
      }
    }
    return stream;
  }

  /** Sends bytes on a connection of their own, and makes of what comes back what it means. */
  private static Heard http1(ProxyFixture proxy, String bytes) throws IOException {
    boolean headOnly = bytes.startsWith("HEAD ");
    try (Socket socket = proxy.connect()) {
      socket.getOutputStream().write(bytes.getBytes(ISO_8859_1));
      String answer = readToEnd(socket.getInputStream());
      while (answer.startsWith("HTTP/1.1 1")) {
        answer = answer.substring(answer.indexOf("\r\n\r\n") + 4);
      }
      int end = answer.indexOf("\r\n\r\n");
      if (end < 0) {
        return Heard.NOTHING;
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
      return Heard.of(status, lines, rest, List.of(), whole);
    }
  }

  private static Heard dechunked(String status, List<String> lines, String chunks) {
    StringBuilder body = new StringBuilder();
    int at = 0;
    while (true) {
      int lineEnd = chunks.indexOf("\r\n", at);
      if (lineEnd < 0) {
        return Heard.of(status, lines, body.toString(), List.of(), false);
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
        return Heard.of(status, lines, body.toString(), trailers, whole);
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

  private static List<String> drain(BlockingQueue<String> seen) {
    List<String> all = new ArrayList<>();
    seen.drainTo(all);
    return all;
  }

  /** A server that keeps the exact bytes of each whole request, its chunks joined. */
  private static Origin recording(BlockingQueue<String> seen) {
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
