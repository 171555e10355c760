package dev.limpet.cluster.health;

import static dev.limpet.cluster.health.Probes.GOOD;
import static dev.limpet.cluster.health.Probes.check;
import static dev.limpet.cluster.health.Probes.get;
import static dev.limpet.cluster.health.Probes.match;
import static dev.limpet.cluster.health.Probes.probe;
import static dev.limpet.cluster.health.Probes.regex;
import static dev.limpet.cluster.health.Probes.saying;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.model.settings.HealthCheck.Kind;
import dev.limpet.model.settings.ResponseMatch;
import dev.limpet.model.settings.ResponseMatch.Header;
import dev.limpet.testkit.Origin;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What HTTP checks ask of a real server, and what they say of its answers. */
class HttpProbeTest {

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
}
