package dev.limpet.cluster.health;

import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.HealthCheck;
import dev.limpet.model.settings.HealthCheck.Kind;
import dev.limpet.model.settings.ResponseMatch;
import dev.limpet.model.settings.ResponseMatch.Header;
import dev.limpet.model.settings.Settings.UpstreamTls;
import dev.limpet.model.settings.TextMatch;
import dev.limpet.model.settings.route.Expression;
import dev.limpet.testkit.Origin;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Checks of servers at this machine, and what they come to. */
final class Probes {

  static final ResponseMatch GOOD = match(List.of(), Optional.empty());

  static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

  static final Duration LONG = Duration.ofSeconds(20);

  private Probes() {}

  static Origin saying(String answer) {
    return new Origin(
        (origin, socket) -> {
          origin.readRequest(socket);
          origin.write(socket, answer.replace("\\r", "\r").replace("\\n", "\n"));
        });
  }

  static Kind.Http get(ResponseMatch match) {
    return new Kind.Http("GET", "/health", Optional.empty(), Map.of(), match);
  }

  static ResponseMatch match(List<Header> headers, Optional<TextMatch> body) {
    return new ResponseMatch(
        new ResponseMatch.Status("200-299", List.of(new ResponseMatch.Range(200, 299)), false),
        headers,
        body);
  }

  static TextMatch regex(String written) {
    return new TextMatch(written, Expression.of(written.substring(2), false), false, false);
  }

  static HealthCheck check(Kind kind, Duration timeout) {
    return new HealthCheck(kind, OptionalInt.empty(), LONG, timeout, 1, 1);
  }

  static String probe(Kind kind, Origin origin) {
    return probe(check(kind, LONG), origin.port(), Optional.empty());
  }

  static String probe(HealthCheck check, int port, Optional<UpstreamTls> tls) {
    return probe(check, port, tls, new ProbeTls());
  }

  static String probe(HealthCheck check, int port, Optional<UpstreamTls> tls, ProbeTls contexts) {
    Probe.Result result;
    do {
      result =
          Probe.start(check, new HostPort("127.0.0.1", port), tls, contexts, new Dial())
              .toCompletableFuture()
              .join();
    } while (result.outcome() == Probe.Outcome.UNSURE);
    return result.wrong();
  }
}
