package dev.limpet.cluster.health;

import static dev.limpet.cluster.health.Probes.GOOD;
import static dev.limpet.cluster.health.Probes.LONG;
import static dev.limpet.cluster.health.Probes.OK;
import static dev.limpet.cluster.health.Probes.check;
import static dev.limpet.cluster.health.Probes.get;
import static dev.limpet.cluster.health.Probes.probe;
import static dev.limpet.cluster.health.Probes.regex;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.HealthCheck.Kind;
import dev.limpet.model.settings.TextMatch;
import dev.limpet.testkit.Origin;
import dev.limpet.testkit.Ports;
import dev.limpet.testkit.SilentPort;
import dev.limpet.testkit.TestNames;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.AbstractMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** When a server counts as well, and when a look at it says nothing. */
class ProbeTest {

  /** What a look takes at the most in which this process stands still. */
  private static final Duration LOOK = Duration.ofMillis(800);

  private static final long STANDSTILL_NANOS = 2 * LOOK.toNanos();

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
      assertThat(probeByName("both.test", port, dial)).isEqualTo(Probe.PASSED);
    }
    assertThat(probeByName("both.test", port, dial)).isEqualTo("connection refused");
    try (Origin origin = Origin.answering("127.0.0.1", port, OK)) {
      assertThat(probeByName("both.test", port, dial)).isEqualTo(Probe.PASSED);
    }
    try (SilentPort silent = new SilentPort("::1", Ports.free());
        Origin origin = Origin.answering("127.0.0.1", silent.port(), OK)) {
      assertThat(probeByName("both.test", silent.port(), dial)).isEqualTo(Probe.PASSED);
      assertThat(probeByName("both.test", silent.port(), dial)).isEqualTo(Probe.PASSED);
    }
    try (SilentPort silent = new SilentPort("::1", Ports.free());
        SilentPort other = new SilentPort("127.0.0.1", silent.port())) {
      assertThat(probeByName("both.test", silent.port(), dial)).startsWith("no connection in ");
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

  private static String probeByName(String name, int port, Dial dial) {
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
