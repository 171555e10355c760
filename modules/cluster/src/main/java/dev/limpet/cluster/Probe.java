package dev.limpet.cluster;

import dev.limpet.model.HealthCheck;
import dev.limpet.model.HealthCheck.Kind;
import dev.limpet.model.HostPort;
import dev.limpet.model.Settings;
import dev.limpet.model.TextMatch;
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
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * One look at a server, on a connection and a virtual thread of its own, which may block. Each look
 * connects anew: that a server still answers on a connection it has would not say that it takes
 * another one.
 */
final class Probe {

  /** So much of what a server says is looked at. */
  static final int MAX_BYTES = 256 * 1024;

  static final String PASSED = "";

  /** How {@code type = tls} shakes hands where the upstream has no tls section. */
  private static final Settings.UpstreamTls PLAIN_TLS =
      new Settings.UpstreamTls(true, Optional.empty(), Optional.empty(), Optional.empty());

  private final HealthCheck check;
  private final HostPort server;
  private final Optional<Settings.UpstreamTls> tls;
  private final ProbeTls contexts;
  private final Dial.Call call;
  private final CompletableFuture<String> verdict = new CompletableFuture<>();
  private volatile String awaited = "connection";

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
   * @return {@link #PASSED}, or what is wrong, in words for an operator; never a failure
   */
  static CompletionStage<String> start(
      HealthCheck check,
      HostPort server,
      Optional<Settings.UpstreamTls> tls,
      ProbeTls contexts,
      Dial dial) {
    return new Probe(check, server, tls, contexts, dial.call()).start();
  }

  private CompletionStage<String> start() {
    CompletableFuture.runAsync(this::look, task -> Thread.ofVirtual().start(task))
        .orTimeout(check.timeout().toNanos(), TimeUnit.NANOSECONDS)
        .whenComplete(
            (_, failure) -> {
              if (failure != null) {
                verdict.complete(describe(failure));
              }
              // The connection beneath TLS, so that it does not wait for a server that takes nothing.
              call.close();
            });
    return verdict;
  }

  private void look() {
    try {
      Socket socket = call.connect(server);
      switch (check.kind()) {
        case Kind.Http http -> {
          Socket talk = tls.isPresent() ? secured(socket, tls.get()) : socket;
          awaited = "answer";
          new HttpProbe(http, server, verdict::complete).exchange(talk);
        }
        case Kind.Tcp tcp -> {
          awaited = "answer";
          verdict.complete(talk(socket, tcp));
        }
        case Kind.Tls _ -> {
          Socket shaken = secured(socket, tls.orElse(PLAIN_TLS));
          verdict.complete(PASSED);
          shaken.close();
        }
      }
    } catch (IOException e) {
      throw new CompletionException(e);
    }
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

  private String describe(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return switch (cause) {
      case TimeoutException _ -> "no " + awaited + " in " + inWords(check.timeout());
      case ConnectException refused ->
          contains(refused, "refused") ? "connection refused" : text(refused);
      case UnknownHostException _ -> "no address for " + server.host();
      case SSLException e -> "TLS: " + text(e);
      case IOException e -> contains(e, "reset") ? "connection reset" : text(e);
      default -> cause.toString();
    };
  }

  private static boolean contains(Throwable cause, String word) {
    return text(cause).contains(word);
  }

  private static String text(Throwable cause) {
    @Nullable String message = cause.getMessage();
    return message == null ? cause.getClass().getSimpleName() : message;
  }

  private static String inWords(Duration timeout) {
    return timeout.toMillis() % 1000 == 0
        ? timeout.toSeconds() + " s"
        : timeout.toMillis() + " ms";
  }
}
