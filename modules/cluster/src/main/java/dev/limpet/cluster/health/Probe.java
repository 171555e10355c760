package dev.limpet.cluster.health;

import dev.limpet.model.net.HostPort;
import dev.limpet.model.net.OwnShortage;
import dev.limpet.model.settings.HealthCheck;
import dev.limpet.model.settings.HealthCheck.Kind;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.settings.TextMatch;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * One look at a server, on a connection and a virtual thread of its own, which may block. Each look
 * connects anew: that a server still answers on a connection it has would not say that it takes
 * another one.
 */
final class Probe {

  /** The most bytes of an answer that are looked at. */
  static final int MAX_BYTES = 256 * 1024;

  /** {@link HttpProbe}'s word for a good answer. */
  static final String PASSED = "";

  /** How {@code type = tls} shakes hands where the upstream has no tls section. */
  private static final Settings.UpstreamTls PLAIN_TLS =
      new Settings.UpstreamTls(true, Optional.empty(), Optional.empty(), Optional.empty());

  /**
   * The part of the timeout that may be this process's own delay while an answer still counts as
   * late.
   */
  private static final double OWN_SHARE = 0.25;

  /** How often, within the timeout, a thread checks that this process runs threads on time. */
  private static final int BEATS = 20;

  /** Timeouts after which a look ends that still writes: the server may take nothing. */
  private static final int GIVE_UP = 3;

  /**
   * The outcome of a look at a server.
   *
   * @param wrong in words for an operator; empty where nothing is
   */
  record Result(Outcome outcome, String wrong) {}

  enum Outcome {
    PASSED,
    FAILED,
    /** The server does not listen. */
    REFUSED,
    /** This process has had no time to see an answer, or nothing to connect with. */
    UNSURE
  }

  private final HealthCheck check;
  private final HostPort server;
  private final Optional<Settings.UpstreamTls> tls;
  private final ProbeTls contexts;
  private final Dial.Call call;
  private final CompletableFuture<Result> result = new CompletableFuture<>();
  private String awaited = "connection";

  /** The sum by which threads of this process have been late; the next beat is due at beatDue. */
  private volatile long lateNanos;

  private volatile long beatDue;
  private volatile boolean givenUp;

  private Probe(
      HealthCheck check,
      HostPort server,
      Optional<Settings.UpstreamTls> tls,
      ProbeTls contexts,
      Dial.Call call) {
    this.check = check;
    this.server = server;
    this.tls = tls;
    this.contexts = contexts;
    this.call = call;
  }

  /**
   * @param server where to look
   * @param tls empty where HTTP is spoken in plain
   * @return never fails
   */
  static CompletionStage<Result> start(
      HealthCheck check,
      HostPort server,
      Optional<Settings.UpstreamTls> tls,
      ProbeTls contexts,
      Dial dial) {
    Probe probe = new Probe(check, server, tls, contexts, dial.call(check.timeout()));
    Thread.ofVirtual().start(probe::run);
    return probe.result;
  }

  private void run() {
    long step = Math.max(1_000_000, check.timeout().toNanos() / BEATS);
    beatDue = System.nanoTime() + step;
    Thread beat = Thread.ofVirtual().start(() -> beat(step));
    try {
      lookAndJudge();
    } catch (Throwable thrown) {
      // It says nothing of the server; and without a result the server would never be looked at
      // again.
      result.complete(new Result(Outcome.UNSURE, "this node cannot look: " + thrown));
    } finally {
      beat.interrupt();
      // The connection beneath TLS, so that it does not wait for a server that takes nothing.
      call.close();
    }
  }

  private void lookAndJudge() {
    try {
      look();
    } catch (IOException | RuntimeException e) {
      result.complete(judge(e));
    }
  }

  /**
   * Measures how late this process's threads run: the one that waits for the server may be as late.
   */
  private void beat(long step) {
    long giveUp = System.nanoTime() + GIVE_UP * check.timeout().toNanos();
    long due = beatDue;
    long late = 0;
    try {
      while (System.nanoTime() - giveUp < late) {
        Thread.sleep(Duration.ofNanos(Math.max(0, due - System.nanoTime())));
        long now = System.nanoTime();
        late += now - due;
        due = now + step;
        lateNanos = late;
        beatDue = due;
      }
      givenUp = true;
      call.close();
    } catch (InterruptedException e) {
      // The look is over.
    }
  }

  private void look() throws IOException {
    Socket socket = call.connect(server);
    switch (check.kind()) {
      case Kind.Http http -> {
        Socket talk = tls.isPresent() ? secured(socket, tls.get()) : socket;
        awaited = "answer";
        new HttpProbe(http, server, this::say).exchange(talk);
      }
      case Kind.Tcp tcp -> {
        awaited = "answer";
        say(talk(socket, tcp));
      }
      case Kind.Tls _ -> {
        Socket shaken = secured(socket, tls.orElse(PLAIN_TLS));
        say(PASSED);
        shaken.close();
      }
    }
  }

  private void say(String wrong) {
    result.complete(new Result(wrong.equals(PASSED) ? Outcome.PASSED : Outcome.FAILED, wrong));
  }

  private Socket secured(Socket socket, Settings.UpstreamTls settings) throws IOException {
    awaited = "TLS handshake";
    return contexts.secure(socket, server, settings);
  }

  private String talk(Socket socket, Kind.Tcp tcp) throws IOException {
    socket.getOutputStream().write(tcp.send().getBytes(StandardCharsets.UTF_8));
    return tcp.expect().isEmpty() ? PASSED : heard(socket, tcp.expect().get());
  }

  private String heard(Socket socket, TextMatch expect) throws IOException {
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    byte[] buffer = new byte[8192];
    InputStream in = socket.getInputStream();
    for (int n = in.read(buffer); n > 0 && answer.size() < MAX_BYTES; n = in.read(buffer)) {
      answer.write(buffer, 0, n);
      awaited = "answer matching " + expect;
      if (expect.test(answer.toString(StandardCharsets.UTF_8))) {
        return PASSED;
      }
    }
    return "answer does not match " + expect;
  }

  private Result judge(Throwable failure) {
    if (givenUp || call.isTimedOut()) {
      long late = lateNanos + Math.max(0, System.nanoTime() - beatDue);
      boolean own = late > OWN_SHARE * check.timeout().toNanos();
      String wrong = "no " + awaited + " in " + DurationText.of(check.timeout());
      return own
          ? new Result(
              Outcome.UNSURE,
              wrong + ", but this node was late itself by " + late / 1_000_000 + " ms")
          : new Result(Outcome.FAILED, wrong);
    }
    String own = OwnShortage.of(failure);
    if (own != null) {
      return new Result(Outcome.UNSURE, "this node cannot connect: " + own);
    }
    boolean refused = failure instanceof ConnectException && contains(failure, "refused");
    return new Result(refused ? Outcome.REFUSED : Outcome.FAILED, describe(failure));
  }

  private String describe(Throwable failure) {
    return switch (failure) {
      case ConnectException refused ->
          contains(refused, "refused") ? "connection refused" : text(refused);
      case UnknownHostException _ -> "no address for " + server.host();
      case SSLException e -> "TLS: " + text(e);
      case IOException e -> contains(e, "reset") ? "connection reset" : text(e);
      default -> failure.toString();
    };
  }

  private static boolean contains(Throwable cause, String word) {
    return text(cause).contains(word);
  }

  private static String text(Throwable cause) {
    @Nullable String message = cause.getMessage();
    return message == null ? cause.getClass().getSimpleName() : message;
  }
}
