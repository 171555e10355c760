package dev.limpet.cluster.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.Expression;
import dev.limpet.model.settings.HealthCheck;
import dev.limpet.model.settings.HealthCheck.Kind;
import dev.limpet.model.settings.ResponseMatch;
import dev.limpet.model.settings.ResponseMatch.Header;
import dev.limpet.model.settings.Settings.UpstreamTls;
import dev.limpet.model.settings.TextMatch;
import dev.limpet.testkit.Origin;
import dev.limpet.testkit.Ports;
import dev.limpet.testkit.SilentPort;
import dev.limpet.testkit.TestCertificate;
import dev.limpet.testkit.TestNames;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.AbstractMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLServerSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What checks ask of a real server, and what they say of its answers. */
class ProbeTest {

  private static final ResponseMatch GOOD = match(List.of(), Optional.empty());
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  private static final Duration LONG = Duration.ofSeconds(20);

  /** What a look takes at the most in which this process stands still. */
  private static final Duration LOOK = Duration.ofMillis(800);

  private static final long STANDSTILL_NANOS = 2 * LOOK.toNanos();

  @Test
  void theRequestIsAsTheSettingsSay() throws InterruptedException {
    try (Origin origin = Origin.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) {
      Kind.Http asked =
          new Kind.Http("POST", "/a?b=c", Optional.of("app.internal"), Map.of("X-A", "b c"), GOOD);
      assertThat(probe(asked, origin)).isEmpty();
      assertThat(origin.nextRequest())
          .startsWith("POST /a?b=c HTTP/1.1\r\nHost: app.internal\r\n")
          .contains("X-A: b c\r\n", "User-Agent: limpet-health\r\n", "Connection: close\r\n")
          .contains("Content-Length: 0\r\n");
      assertThat(probe(get(GOOD), origin)).isEmpty();
      assertThat(origin.nextRequest())
          .startsWith("GET /health HTTP/1.1\r\nHost: 127.0.0.1:" + origin.port() + "\r\n")
          .doesNotContain("Content-Length");
    }
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiterString = " => ",
      value = {
        "HTTP/1.1 204 No Content\\r\\n\\r\\n => ''",
        "HTTP/1.0 200\\r\\n\\r\\n => ''",
        "HTTP/1.1 103 Early Hints\\r\\nA: b\\r\\n\\r\\nHTTP/1.1 200 OK\\r\\n\\r\\n => ''",
        "HTTP/1.1 503 Service Unavailable\\r\\nContent-Length: 0\\r\\n\\r\\n => status 503",
        "HTTP/1.1 301 Moved\\r\\nLocation: /\\r\\n\\r\\n => status 301",
        "SSH-2.0-OpenSSH\\r\\n => the answer is not HTTP/1.1",
        "HTTP/1.1 200 OK\\r\\nA: => connection closed before the end of the answer",
      })
  void theStatusDecides(String answer, String wrong) {
    try (Origin origin = saying(answer)) {
      assertThat(probe(get(GOOD), origin)).isEqualTo(wrong);
    }
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiterString = " => ",
      value = {
        "content-type: text/html; charset=utf-8\\r\\nX-B: 1 => ''",
        "Content-Type: text/plain\\r\\nX-B: 1 => no header content-type matching ~ text/html",
        "Content-Type: text/plain\\r\\nContent-Type: text/html\\r\\nX-B: => ''",
        "X-B: 1 => no header content-type matching ~ text/html",
        "Content-Type: text/html => no header x-b",
        "Content-Type: text/html\\r\\nX-B: 1\\r\\nX-C: 2 => there is a header x-c",
      })
  void headersDecide(String headers, String wrong) {
    ResponseMatch match =
        match(
            List.of(
                new Header.Value("content-type", regex("~ text/html")),
                new Header.Present("x-b"),
                new Header.Absent("x-c")),
            Optional.empty());
    try (Origin origin =
        saying("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + headers + "\r\n\r\n")) {
      assertThat(probe(get(match), origin)).isEqualTo(wrong);
    }
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiterString = " => ",
      value = {
        "Content-Length: 11\\r\\n\\r\\nHello world => ''",
        "\\r\\nHello world => ''",
        "Transfer-Encoding: chunked\\r\\n\\r\\n3;a=b\\r\\nHel\\r\\n8\\r\\nlo world\\r\\n0\\r\\n\\r\\n => ''",
        "Content-Length: 4\\r\\n\\r\\nHell => body does not match ~ Hello",
        "Content-Length: 5\\r\\n\\r\\nHell => connection closed before the end of the answer",
      })
  void theBodyDecides(String rest, String wrong) {
    ResponseMatch match = match(List.of(), Optional.of(regex("~ Hello")));
    try (Origin origin = saying("HTTP/1.1 200 OK\r\n" + rest)) {
      assertThat(probe(get(match), origin)).isEqualTo(wrong);
    }
  }

  @Test
  void aBodyIsLookedAtUpTo256KiB() {
    String head = "HTTP/1.1 200 OK\r\n\r\n";
    ResponseMatch match = match(List.of(), Optional.of(regex("~ Hello")));
    try (Origin near = saying(head + "x".repeat(256 * 1024 - 5) + "Hello");
        Origin far = saying(head + "x".repeat(256 * 1024 - 4) + "Hello" + "x".repeat(100_000))) {
      assertThat(probe(get(match), near)).isEmpty();
      assertThat(probe(get(match), far)).isEqualTo("body does not match ~ Hello");
    }
  }

  @Test
  void aBodyThatNeverEndsIsNotWaitedForUnlessItMatters() {
    Origin.Script endless =
        (origin, socket) -> {
          origin.readRequest(socket);
          origin.write(socket, "HTTP/1.1 200 OK\r\n\r\ndata: 1\n\n");
          socket.getInputStream().readAllBytes();
        };
    try (Origin origin = new Origin(endless)) {
      assertThat(probe(get(GOOD), origin)).isEmpty();
      ResponseMatch match = match(List.of(), Optional.of(regex("~ Hello")));
      assertThat(probe(check(get(match), Duration.ofMillis(300)), origin.port(), Optional.empty()))
          .isEqualTo("no answer in 300 ms");
    }
  }

  @Test
  void aProbeThatBeginsLateIsNotALateAnswer() throws Exception {
    try (Straight server = new Straight(() -> {}, true)) {
      new Standstill().begin();
      assertThat(look(server.port()).outcome()).isEqualTo(Probe.Outcome.PASSED);
    }
  }

  @Test
  void anAnswerThatHasArrivedCountsHoweverLateItIsRead() throws Exception {
    try (Straight server = new Straight(new Standstill()::begin, true)) {
      assertThat(look(server.port()).outcome()).isEqualTo(Probe.Outcome.PASSED);
    }
  }

  @Test
  void aNodeThatStoodStillSaysNothingOfAServerThatHasNotAnswered() throws Exception {
    try (Straight server = new Straight(new Standstill()::begin, false)) {
      Probe.Result result = look(server.port());
      assertThat(result.outcome()).isEqualTo(Probe.Outcome.UNSURE);
      assertThat(result.wrong())
          .startsWith("no answer in 800 ms, but this node was late itself by ");
    }
  }

  @Test
  void whoDoesNotAnswerOrListenIsNotWell() {
    try (Origin silent = new Origin((origin, socket) -> socket.getInputStream().readAllBytes())) {
      assertThat(probe(check(get(GOOD), Duration.ofSeconds(1)), silent.port(), Optional.empty()))
          .isEqualTo("no answer in 1 s");
    }
    try (Origin rude = new Origin((origin, socket) -> origin.readRequest(socket))) {
      assertThat(probe(get(GOOD), rude)).isEqualTo("connection closed without an answer");
    }
    assertThat(probe(check(get(GOOD), LONG), Ports.free(), Optional.empty()))
        .isEqualTo("connection refused");
    assertThat(
            Probe.start(
                    check(get(GOOD), LONG),
                    new HostPort("nowhere.invalid", 80),
                    Optional.empty(),
                    new ProbeTls(),
                    new Dial())
                .toCompletableFuture()
                .join()
                .wrong())
        .isEqualTo("no address for nowhere.invalid");
  }

  /** Also where the first refuses, or neither takes a connection nor refuses it. */
  @Test
  void aNameIsUpIfOneOfItsAddressesIs() {
    TestNames.put("both.test", "127.0.0.1", "::1");
    Dial dial = new Dial();
    int port = Ports.free();
    try (Origin origin = Origin.answering("::1", port, OK)) {
      assertThat(probe("both.test", port, dial)).isEqualTo(Probe.PASSED);
    }
    assertThat(probe("both.test", port, dial)).isEqualTo("connection refused");
    try (Origin origin = Origin.answering("127.0.0.1", port, OK)) {
      assertThat(probe("both.test", port, dial)).isEqualTo(Probe.PASSED);
    }
    try (SilentPort silent = new SilentPort("::1", Ports.free());
        Origin origin = Origin.answering("127.0.0.1", silent.port(), OK)) {
      assertThat(probe("both.test", silent.port(), dial)).isEqualTo(Probe.PASSED);
      assertThat(probe("both.test", silent.port(), dial)).isEqualTo(Probe.PASSED);
    }
    try (SilentPort silent = new SilentPort("::1", Ports.free());
        SilentPort other = new SilentPort("127.0.0.1", silent.port())) {
      assertThat(probe("both.test", silent.port(), dial)).startsWith("no connection in ");
    }
  }

  /** Such as a class that cannot be loaded when no file is left. */
  @Test
  void anErrorOfThisNodesSaysNothingOfTheServerAndIsTold() {
    Map<String, String> headers =
        new AbstractMap<>() {
          @Override
          public Set<Entry<String, String>> entrySet() {
            throw new NoClassDefFoundError("as the test wants it");
          }
        };
    try (Origin origin = Origin.answering(OK)) {
      Probe.Result result =
          Probe.start(
                  check(new Kind.Http("GET", "/", Optional.empty(), headers, GOOD), LONG),
                  new HostPort("127.0.0.1", origin.port()),
                  Optional.empty(),
                  new ProbeTls(),
                  new Dial())
              .toCompletableFuture()
              .orTimeout(60, TimeUnit.SECONDS)
              .join();
      assertThat(result.outcome()).isEqualTo(Probe.Outcome.UNSURE);
      assertThat(result.wrong())
          .isEqualTo("this node cannot look: java.lang.NoClassDefFoundError: as the test wants it");
    }
  }

  private static String probe(String name, int port, Dial dial) {
    return Probe.start(
            check(get(GOOD), Duration.ofSeconds(2)),
            new HostPort(name, port),
            Optional.empty(),
            new ProbeTls(),
            dial)
        .toCompletableFuture()
        .join()
        .wrong();
  }

  @Test
  void tcpChecksConnectAndMayTalk() {
    Origin.Script redis =
        (origin, socket) -> {
          byte[] asked = socket.getInputStream().readNBytes(6);
          origin.write(
              socket,
              new String(asked, StandardCharsets.UTF_8).equals("PING\r\n")
                  ? "+PONG\r\n"
                  : "-ERR\r\n");
        };
    try (Origin origin = new Origin(redis)) {
      assertThat(probe(new Kind.Tcp("", Optional.empty()), origin)).isEmpty();
      Optional<TextMatch> pong = Optional.of(regex("~ PONG"));
      assertThat(probe(new Kind.Tcp("PING\r\n", pong), origin)).isEmpty();
      assertThat(probe(new Kind.Tcp("QUIT\r\n", pong), origin))
          .isEqualTo("answer does not match ~ PONG");
    }
    assertThat(
            probe(check(new Kind.Tcp("", Optional.empty()), LONG), Ports.free(), Optional.empty()))
        .isEqualTo("connection refused");
  }

  @Test
  void tlsChecksShakeHandsAsTheUpstreamDoes(@TempDir Path directory) throws IOException {
    TestCertificate certificate = TestCertificate.create(directory, "dns:app.internal");
    try (SSLServerSocket server = secure(certificate)) {
      int port = server.getLocalPort();
      HealthCheck tls = check(new Kind.Tls(), LONG);
      HealthCheck http = check(get(GOOD), LONG);
      assertThat(probe(tls, port, Optional.empty())).startsWith("TLS: ").contains("PKIX path");
      UpstreamTls right = tls(true, certificate, Optional.of("app.internal"));
      assertThat(probe(tls, port, Optional.of(right))).isEmpty();
      assertThat(probe(http, port, Optional.of(right))).isEmpty();
      UpstreamTls unnamed = tls(true, certificate, Optional.empty());
      assertThat(probe(http, port, Optional.of(unnamed))).startsWith("TLS: ").contains("127.0.0.1");
      UpstreamTls anybody =
          new UpstreamTls(false, Optional.empty(), Optional.empty(), Optional.empty());
      assertThat(probe(http, port, Optional.of(anybody))).isEmpty();
    }
    try (Origin plain =
        new Origin((origin, socket) -> origin.write(socket, "HTTP/1.1 400 Bad Request\r\n\r\n"))) {
      assertThat(probe(new Kind.Tls(), plain)).startsWith("TLS: ");
    }
  }

  @Test
  void newAuthoritiesAreBelievedAtOnceAndBrokenFilesChangeNothing(@TempDir Path directory)
      throws IOException {
    TestCertificate before = TestCertificate.create(directory.resolve("1"), "dns:app.internal");
    TestCertificate now = TestCertificate.create(directory.resolve("2"), "dns:app.internal");
    try (SSLServerSocket server = secure(now)) {
      ProbeTls contexts = new ProbeTls();
      Optional<UpstreamTls> settings = Optional.of(tls(true, before, Optional.of("app.internal")));
      HealthCheck check = check(new Kind.Tls(), LONG);
      int port = server.getLocalPort();
      assertThat(probe(check, port, settings, contexts)).contains("PKIX path");
      Files.copy(now.chain(), before.chain(), StandardCopyOption.REPLACE_EXISTING);
      assertThat(probe(check, port, settings, contexts)).isEmpty();
      Files.writeString(before.chain(), "half a cert");
      assertThat(probe(check, port, settings, contexts)).isEmpty();
    }
  }

  /** A server that shows this certificate. */
  private static SSLServerSocket secure(TestCertificate certificate) throws IOException {
    SSLServerSocket server =
        (SSLServerSocket)
            certificate
                .serverContext()
                .getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    CompletableFuture.runAsync(() -> answer(server), task -> Thread.ofVirtual().start(task));
    return server;
  }

  private static void answer(SSLServerSocket server) {
    while (!server.isClosed()) {
      try (Socket client = server.accept()) {
        if (client.getInputStream().read() >= 0) {
          client
              .getOutputStream()
              .write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.UTF_8));
        }
      } catch (IOException refused) {
        // Clients that do not like the certificate are part of the test.
      }
    }
  }

  private static UpstreamTls tls(boolean verify, TestCertificate ca, Optional<String> name) {
    return new UpstreamTls(verify, Optional.of(ca.chain()), name, Optional.empty());
  }

  private static Origin saying(String answer) {
    return new Origin(
        (origin, socket) -> {
          origin.readRequest(socket);
          origin.write(socket, answer.replace("\\r", "\r").replace("\\n", "\n"));
        });
  }

  private static Kind.Http get(ResponseMatch match) {
    return new Kind.Http("GET", "/health", Optional.empty(), Map.of(), match);
  }

  private static ResponseMatch match(List<Header> headers, Optional<TextMatch> body) {
    return new ResponseMatch(
        new ResponseMatch.Status("200-299", List.of(new ResponseMatch.Range(200, 299)), false),
        headers,
        body);
  }

  private static TextMatch regex(String written) {
    return new TextMatch(written, Expression.of(written.substring(2), false), false, false);
  }

  private static HealthCheck check(Kind kind, Duration timeout) {
    return new HealthCheck(kind, OptionalInt.empty(), LONG, timeout, 1, 1);
  }

  private static String probe(Kind kind, Origin origin) {
    return probe(check(kind, LONG), origin.port(), Optional.empty());
  }

  private static String probe(HealthCheck check, int port, Optional<UpstreamTls> tls) {
    return probe(check, port, tls, new ProbeTls());
  }

  private static String probe(
      HealthCheck check, int port, Optional<UpstreamTls> tls, ProbeTls contexts) {
    Probe.Result result;
    do {
      result =
          Probe.start(check, new HostPort("127.0.0.1", port), tls, contexts, new Dial())
              .toCompletableFuture()
              .join();
    } while (result.outcome() == Probe.Outcome.UNSURE);
    return result.wrong();
  }

  private static Probe.Result look(int port) {
    return Probe.start(
            check(get(GOOD), LOOK),
            new HostPort("127.0.0.1", port),
            Optional.empty(),
            new ProbeTls(),
            new Dial())
        .toCompletableFuture()
        .join();
  }

  /**
   * Leaves this process's virtual threads no core for longer than a look lasts, which is what a
   * busy machine does.
   */
  private static final class Standstill {

    void begin() {
      int cores = Runtime.getRuntime().availableProcessors();
      CountDownLatch spinning = new CountDownLatch(cores);
      for (int i = 0; i < cores; i++) {
        Thread.ofVirtual()
            .start(
                () -> {
                  spinning.countDown();
                  long end = System.nanoTime() + STANDSTILL_NANOS;
                  while (System.nanoTime() - end < 0) {
                    Thread.onSpinWait();
                  }
                });
      }
      try {
        spinning.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** A server on a thread of its own, for one request. */
  private static final class Straight implements AutoCloseable {

    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());

    Straight(Runnable onRequest, boolean answers) throws IOException {
      Thread.ofPlatform().daemon().start(() -> serve(onRequest, answers));
    }

    int port() {
      return server.getLocalPort();
    }

    private void serve(Runnable onRequest, boolean answers) {
      try (Socket socket = server.accept()) {
        byte[] buffer = new byte[8192];
        int asked = socket.getInputStream().read(buffer);
        onRequest.run();
        if (asked > 0 && answers) {
          socket
              .getOutputStream()
              .write("HTTP/1.1 204 No Content\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        }
        socket.getInputStream().readAllBytes();
      } catch (IOException gone) {
        // It has been asked all that it is asked.
      }
    }

    @Override
    public void close() throws IOException {
      server.close();
    }
  }
}
