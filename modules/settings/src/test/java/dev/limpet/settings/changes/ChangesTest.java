package dev.limpet.settings.changes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.model.settings.Settings;
import dev.limpet.settings.SettingsReader;
import dev.limpet.settings.hocon.InvalidSettings;
import org.junit.jupiter.api.Test;

class ChangesTest {

  private static final String SETTINGS =
      """
      limpet {
        node.name = edge
        listeners = [ { name = http, bind = "0.0.0.0:8080" } ]
        upstreams.app { servers = [ { address = "10.0.0.1:80" }, { address = "10.0.0.2:80" } ] }
        hosts = [ { routes = [ { path = "/", upstream = app }, { path = "~ [.]png$", upstream = app } ] } ]
      }
      """;

  @Test
  void theSameSettingsReadTwiceHaveNoDifferences() throws InvalidSettings {
    assertThat(Changes.between(read(""), read(""))).isEmpty();
  }

  @Test
  void tokensAreToldApartByTheirNames() throws InvalidSettings {
    String first = "\"sha256:" + "0".repeat(64) + "\"";
    String other = "\"sha256:" + "1".repeat(64) + "\"";
    String tokens =
        "limpet.admin.tokens = [ { name = ops, role = %s, hash = %s }, { name = %s, role = read, hash = %s } ]";
    Settings before = read(tokens.formatted("admin", first, "ci", first));
    Settings after = read(tokens.formatted("write", other, "grafana", first));
    assertThat(Changes.between(before, after))
        .containsExactly(
            "admin.tokens[ops].role: admin -> write",
            "admin.tokens[ops].hash: another token",
            "admin.tokens[ci]: removed",
            "admin.tokens[grafana]: added");
    assertThat(Changes.applicable(before, after).admin()).isEqualTo(after.admin());
  }

  /** Else a listener that is to be moved to a loopback address would stay without tokens. */
  @Test
  void noTokensAreDroppedBeforeTheListenerHasMoved() throws InvalidSettings {
    Settings before =
        read(
            "limpet.admin { bind = \"10.0.0.1:9080\", tokens = [ { name = ops, role = admin, hash = \"sha256:"
                + "0".repeat(64)
                + "\" } ] }");
    assertThat(Changes.applicable(before, read("")).admin()).isEqualTo(before.admin());
  }

  @Test
  void aChangeOfDiscoveryIsToldByItsKeys() throws InvalidSettings {
    String kubernetes =
        "limpet.upstreams.app { servers = [], discovery.kubernetes { service = app, port = %s } }";
    Settings before = read(kubernetes.formatted("3000"));
    Settings after = read(kubernetes.formatted("http"));
    assertThat(Changes.between(before, after))
        .containsExactly("upstreams.app.discovery.kubernetes.port: 3000 -> http");
    Settings dns =
        read("limpet.upstreams.app { servers = [], discovery.dns { name = app, port = 80 } }");
    assertThat(Changes.between(dns, after))
        .singleElement()
        .asString()
        .startsWith("upstreams.app.discovery: dns { name = app, port = 80,")
        .contains("-> kubernetes { service = app, port = http,");
  }

  @Test
  void aChangeOfNothingButPathsIsOne() throws InvalidSettings {
    Settings before = read("limpet.hosts = [ { routes = [ { path = \"/\", upstream = app } ] } ]");
    Settings after =
        read(
            """
            limpet.hosts = [ { path-forwarding = normalized, case-insensitive = on
              routes = [ { path = "/", upstream = app } ] } ]
            """);
    assertThat(Changes.between(before, after))
        .containsExactlyInAnyOrder(
            "hosts[*].routes[/].path-forwarding: as-sent -> normalized",
            "hosts[*].routes[/].case-insensitive: off -> on");
  }

  @Test
  void differencesAreNamedAsTheFileNamesThem() throws InvalidSettings {
    Settings after =
        read(
            """
            limpet.upstreams.app {
              servers = [ { address = "10.0.0.2:80", weight = 3 }, { address = "10.0.0.3:80" } ]
              health.interval = 1500ms
              balance = least-connections
              timeouts.tunnel = 2h
              tls { verify = off }
            }
            limpet.listeners = [
              { name = http, bind = "0.0.0.0:8080", http2 = off }
              { name = more, bind = "0.0.0.0:8081" }
            ]
            limpet.node.drain-timeout = 1m
            """);
    assertThat(Changes.between(read(""), after))
        .containsExactlyInAnyOrder(
            "node.drain-timeout: 30s -> 1m",
            "listeners[http].http2: on -> off",
            "listeners[more]: added",
            "upstreams.app.servers[app/10.0.0.1:80]: removed",
            "upstreams.app.servers[app/10.0.0.2:80].weight: 1 -> 3",
            "upstreams.app.servers[app/10.0.0.3:80]: added",
            "upstreams.app.balance: round-robin -> least-connections",
            "upstreams.app.health.interval: 5s -> 1500ms",
            "upstreams.app.timeouts.tunnel: 1h -> 2h",
            "upstreams.app.tls: added");
  }

  @Test
  void routesAreNamedByTheirPathsWithOldBesideNew() throws InvalidSettings {
    String hosts =
        """
        limpet.hosts = [ { routes = [ %s
          { path = "/", upstream = app }
          { path = "= /old", redirect { to = "/new", status = %d } }
          { path = "/api", methods = [ POST ], upstream = app, request-headers { set { X-A = "%s" } } }
          { path = "~ [.]png$", upstream = app }
        ] } ]
        """;
    Settings before = read(hosts.formatted("", 301, "one"));
    assertThat(
            Changes.between(
                before,
                read(
                    hosts.formatted(
                        "{ path = \"/status\", respond { status = 200, body = \"one\\ntwo\" } }",
                        301,
                        "one"))))
        .containsExactly(
            "hosts[*].routes[/status]: added: respond { status = 200, body = \"one\\ntwo\","
                + " content-type = \"text/plain; charset=utf-8\" }");
    assertThat(Changes.between(before, read(hosts.formatted("", 308, "two words"))))
        .containsExactly(
            "hosts[*].routes[= /old]: redirect { to = /new, status = 301 } -> redirect { to = /new,"
                + " status = 308 }",
            "hosts[*].routes[/api POST].request-headers: [set { name = X-A, value = one }] -> [set { name ="
                + " X-A, value = \"two words\" }]");
    assertThat(
            Changes.between(
                read(""),
                read(
                    """
                    limpet.hosts = [ { routes = [
                      { path = "~ [.]png$", upstream = app }
                      { path = "/", upstream = app, rewrite { prefix = "/", to = "/app/" } } ] } ]
                    """)))
        .containsExactly(
            "hosts[*].routes[/]: upstream app -> upstream app, rewrite prefix { prefix = /, to = /app/ }",
            "hosts[*].routes: in another order: /, ~ [.]png$ -> ~ [.]png$, /");
  }

  @Test
  void aCheckIsNamedAsItStandsInTheFile() throws InvalidSettings {
    Settings before = read("limpet.upstreams.app.health.match.headers.x-up = \"~ yes\"");
    assertThat(
            Changes.between(
                before,
                read(
                    """
                    limpet.upstreams.app {
                      health { path = "/up", observers = 5, match { status = "200-204", headers.x-up = no } }
                      retries.statuses = [ 503, 502, 504 ]
                    }
                    """)))
        .containsExactlyInAnyOrder(
            "upstreams.app.health.path: / -> /up",
            "upstreams.app.health.match.status: 200-399 -> 200-204",
            "upstreams.app.health.match.headers[x-up]: ~ yes -> no",
            "upstreams.app.health.observers: 3 -> 5",
            "upstreams.app.retries.statuses: [] -> [502, 503, 504]");
    assertThat(Changes.between(before, read("limpet.upstreams.app.health.type = tcp")))
        .containsExactly("upstreams.app.health.type: http -> tcp");
    assertThat(Changes.between(before, read("limpet.upstreams.app.health.enabled = off")))
        .containsExactly("upstreams.app.health.checks[0]: removed");
  }

  @Test
  void whatTakesARestartStaysAsItWas() throws InvalidSettings {
    Settings before = read("");
    Settings after =
        read(
            """
            limpet.node { name = other, event-loops = 7, drain-delay = 1s }
            limpet.cluster.max-sessions = 600000
            limpet.admin = off
            limpet.limits { max-header-count = 7, max-body-size = 1M }
            limpet.access-log {}
            """);
    Settings next = Changes.applicable(before, after);
    assertThat(Changes.between(before, next))
        .containsExactlyInAnyOrder(
            "node.drain-delay: 0s -> 1s", "limits.max-body-size: 0 -> 1048576");
    assertThat(Changes.between(next, after))
        .extracting(line -> line.substring(0, line.indexOf(':')))
        .containsExactlyInAnyOrder(
            "node.name",
            "node.event-loops",
            "node.data",
            "cluster.max-sessions",
            "admin",
            "limits.max-header-count",
            "access-log");
  }

  private static Settings read(String changes) throws InvalidSettings {
    return SettingsReader.parse(SETTINGS + changes, "test.conf");
  }
}
