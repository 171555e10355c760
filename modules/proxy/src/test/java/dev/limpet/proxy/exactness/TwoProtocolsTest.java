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
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
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
      limpet.request-id = off
      test.listener.timeouts.keep-alive = 10s
      limpet.hosts = [ { names = [ "*" ], routes = [ { path = "/", upstream = app } ] } ]
      """;

  @Test
  void serversGetTheSameRequestsAndClientsTheSameAnswers() throws Exception {
    BlockingQueue<String> seen = new LinkedBlockingQueue<>();
    List<Message> corpus = MessageCorpus.all();
    Differences differences = new Differences(REQUESTS);
    try (Origin origin = RecordingOrigin.recording(seen);
        ProxyFixture proxy = new ProxyFixture(SETTINGS, origin.port());
        Connections http2 = new Connections(proxy)) {
      for (Message sent : corpus) {
        Heard one = Heard.http1(proxy, bytes(sent));
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
            Heard.http1(
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

  private static List<String> drain(BlockingQueue<String> seen) {
    List<String> all = new ArrayList<>();
    seen.drainTo(all);
    return all;
  }
}
