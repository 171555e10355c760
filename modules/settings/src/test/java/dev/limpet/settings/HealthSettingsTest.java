package dev.limpet.settings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.model.settings.HealthCheck;
import dev.limpet.model.settings.HealthCheck.Kind;
import dev.limpet.model.settings.HealthChecks;
import dev.limpet.model.settings.ResponseMatch;
import dev.limpet.model.settings.TextMatch;
import dev.limpet.settings.hocon.InvalidSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the keys of {@code health} mean. */
class HealthSettingsTest {

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "'204', '204', '200 203 205'",
    "'200-399', '200 304 399', '199 400 503'",
    "'200, 204 ,300 - 399', '200 204 300 399', '201 299 400'",
    "'! 500', '200 499 501', '500'",
    "'!301-303, 307', '300 304 308', '301 303 307'",
  })
  void statusesAreThoseOfNginxPlus(String written, String passing, String failing)
      throws InvalidSettings {
    ResponseMatch.Status status = match("status = \"" + written + "\"").status();
    assertThat(List.of(passing.split(" "))).allMatch(code -> status.test(Integer.parseInt(code)));
    assertThat(List.of(failing.split(" "))).noneMatch(code -> status.test(Integer.parseInt(code)));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "'text/html', 'text/html', 'text/html; charset=utf-8'",
    "'= present', 'present', 'absent'",
    "'!= close', 'keep-alive', 'close'",
    "'~ text/html', 'text/html; charset=utf-8', 'text/plain'",
    "'!~ ^clo', 'enclose', 'close'",
    "'a.c', 'a.c', 'abc'",
  })
  void headersAreComparedAsInNginxPlus(String written, String passing, String failing)
      throws InvalidSettings {
    assertThat(match("headers { X-A = \"" + written + "\" }").headers())
        .singleElement()
        .isInstanceOfSatisfying(
            ResponseMatch.Header.Value.class,
            header -> {
              assertThat(header.name()).isEqualTo("X-A");
              assertThat(header.match().test(passing)).isTrue();
              assertThat(header.match().test(failing)).isFalse();
            });
  }

  @Test
  void headersCanBePresentOrAbsent() throws InvalidSettings {
    assertThat(match("headers { x-b = absent, x-a = present }").headers())
        .containsExactly(
            new ResponseMatch.Header.Present("x-a"), new ResponseMatch.Header.Absent("x-b"));
  }

  @Test
  void bodiesAreMatchedOrMustNotMatch() throws InvalidSettings {
    TextMatch hello = match("body = \"~ Hello w\"").body().orElseThrow();
    assertThat(hello.test("Say\nHello world")).isTrue();
    assertThat(hello.test("Hello")).isFalse();
    TextMatch error = match("body = \"!~ err(or)?\"").body().orElseThrow();
    assertThat(error.test("an error")).isFalse();
    assertThat(error.test("fine")).isTrue();
  }

  @Test
  void aRequestIsReadWhole() throws InvalidSettings {
    HealthChecks health =
        health(
            """
            method = HEAD, path = "/a?b", host = "app:80", port = 8081, initial = check
            headers { X-A = "b c" }
            """);
    assertThat(health.initial()).isEqualTo(HealthChecks.Initial.CHECK);
    HealthCheck check = health.checks().getFirst();
    assertThat(check.port()).hasValue(8081);
    assertThat(check.name()).isEqualTo("HEAD /a?b at port 8081");
    assertThat(check.kind())
        .isInstanceOfSatisfying(
            Kind.Http.class,
            http -> {
              assertThat(http.host()).hasValue("app:80");
              assertThat(http.headers()).containsExactly(Map.entry("X-A", "b c"));
            });
  }

  @Test
  void severalChecksStandByThemselves() throws InvalidSettings {
    HealthChecks health =
        health(
            """
            observers = 5, dead-after = 3s
            checks = [
              { path = "/health" }
              { type = tcp, port = 6379, interval = 1s, send = "PING\\r\\n", expect = "+PONG" }
              { type = tls, fails = 3 }
            ]
            """);
    assertThat(health.observers()).isEqualTo(5);
    assertThat(health.deadAfter()).isEqualTo(Duration.ofSeconds(3));
    assertThat(health.checks().stream().map(HealthCheck::name))
        .containsExactly("GET /health", "TCP at port 6379", "TLS");
    assertThat(health.checks().stream().map(HealthCheck::interval))
        .containsExactly(Duration.ofSeconds(5), Duration.ofSeconds(1), Duration.ofSeconds(5));
    assertThat(health.checks().get(1).kind())
        .isInstanceOfSatisfying(
            Kind.Tcp.class,
            tcp -> {
              assertThat(tcp.send()).isEqualTo("PING\r\n");
              assertThat(tcp.expect().orElseThrow().test("-ERR\r\n+PONG\r\n")).isTrue();
              assertThat(tcp.expect().orElseThrow().test("PONG")).isFalse();
            });
  }

  private static ResponseMatch match(String settings) throws InvalidSettings {
    return health("match { " + settings + " }").checks().getFirst().kind() instanceof Kind.Http http
        ? http.match()
        : new ResponseMatch(
            new ResponseMatch.Status("", List.of(), false), List.of(), Optional.empty());
  }

  private static HealthChecks health(String settings) throws InvalidSettings {
    return SettingsReader.parse(
            """
            limpet {
              listeners = [ { name = http, bind = "0.0.0.0:8080" } ]
              upstreams.u { servers = [ { address = "a:1" } ], health { %s } }
              hosts = [ { routes = [ { path = "/", upstream = u } ] } ]
            }
            """
                .formatted(settings),
            "x.conf")
        .upstreams()
        .values()
        .iterator()
        .next()
        .health();
  }
}
