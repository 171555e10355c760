package dev.limpet.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.Action;
import dev.limpet.model.settings.Balancing;
import dev.limpet.model.settings.BalancingMethod;
import dev.limpet.model.settings.BalancingMethod.Measure;
import dev.limpet.model.settings.BalancingMethod.Source;
import dev.limpet.model.settings.Expression;
import dev.limpet.model.settings.HeaderOperation;
import dev.limpet.model.settings.HealthCheck;
import dev.limpet.model.settings.HealthChecks;
import dev.limpet.model.settings.KeyRing;
import dev.limpet.model.settings.PassiveChecks;
import dev.limpet.model.settings.ResponseMatch;
import dev.limpet.model.settings.Route;
import dev.limpet.model.settings.Route.Condition;
import dev.limpet.model.settings.Route.Conditions;
import dev.limpet.model.settings.Route.PathMatch;
import dev.limpet.model.settings.Route.ValueMatch;
import dev.limpet.model.settings.Server;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.settings.ServerOptions;
import dev.limpet.model.settings.ServerOptions.Backup;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.settings.Settings.AffinityRule;
import dev.limpet.model.settings.VirtualHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class SettingsReaderTest {

  private static final Path CONFIG = Path.of("../../config");
  private static final String SMALLEST =
      """
      limpet {
        listeners = [ { name = http, bind = "0.0.0.0:8080" } ]
        upstreams { nodejs { servers = [ { address = "127.0.0.1:3001" } ] } }
        hosts = [ { routes = [ { path = "/", upstream = nodejs } ] } ]
      }
      """;

  private static Settings smallestWith(String more) throws InvalidSettings {
    return SettingsReader.parse(SMALLEST + more, "x.conf");
  }

  private static String refusal(String text) {
    InvalidSettings invalid =
        catchThrowableOfType(InvalidSettings.class, () -> SettingsReader.parse(text, "x.conf"));
    return String.valueOf(invalid.getMessage());
  }

  @Test
  void defaultsAreThoseOfTheReference() throws InvalidSettings {
    Settings read = smallestWith("limpet.node.name = edge");
    HostPort cluster = new HostPort("127.0.0.1", 25520);
    assertThat(read.node())
        .isEqualTo(
            new Settings.Node(
                "edge",
                "",
                Runtime.getRuntime().availableProcessors(),
                Duration.ZERO,
                Duration.ofSeconds(30),
                Optional.of(Duration.ofSeconds(30)),
                false));
    assertThat(read.listeners())
        .containsExactly(
            new Settings.Listener(
                "http",
                new HostPort("0.0.0.0", 8080),
                true,
                Optional.empty(),
                false,
                List.of(),
                Set.of("x-real-ip", "x-original-url", "x-rewrite-url", "proxy"),
                10_000,
                0,
                100_000,
                240,
                false,
                new Settings.ClientTimeouts(
                    Duration.ofSeconds(75), Duration.ofSeconds(15), Duration.ofSeconds(60))));
    assertThat(read.upstreams())
        .containsOnly(
            Map.entry(
                "nodejs",
                new Settings.Upstream(
                    "nodejs",
                    List.of(
                        new Server(
                            ServerId.of("nodejs", "127.0.0.1:3001"),
                            new HostPort("127.0.0.1", 3001),
                            1,
                            0)),
                    Optional.empty(),
                    Balancing.DEFAULT,
                    new Settings.Affinity(
                        List.of(
                            new Settings.Cookie(
                                "limpet",
                                Duration.ofHours(1),
                                "/",
                                "",
                                Settings.SameSite.LAX,
                                Settings.Secure.AUTO,
                                true,
                                false,
                                true)),
                        Settings.Replicate.QUORUM,
                        Settings.OnFull.WAIT,
                        false,
                        Duration.ZERO,
                        false,
                        100),
                    new HealthChecks(
                        List.of(
                            new HealthCheck(
                                new HealthCheck.Kind.Http(
                                    "GET",
                                    "/",
                                    Optional.empty(),
                                    Map.of(),
                                    new ResponseMatch(
                                        new ResponseMatch.Status(
                                            "200-399",
                                            List.of(new ResponseMatch.Range(200, 399)),
                                            false),
                                        List.of(),
                                        Optional.empty())),
                                OptionalInt.empty(),
                                Duration.ofSeconds(5),
                                Duration.ofSeconds(2),
                                1,
                                1)),
                        3,
                        HealthChecks.Initial.UP,
                        Duration.ofSeconds(10)),
                    new PassiveChecks(
                        true,
                        3,
                        0,
                        0,
                        0,
                        Duration.ofSeconds(10),
                        20,
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(300),
                        0.5),
                    new Settings.Timeouts(
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(60),
                        Duration.ofHours(1),
                        Duration.ZERO,
                        Duration.ofSeconds(4)),
                    new Settings.Retries(2, 0.2, Set.of(), Duration.ofMillis(20), false),
                    Optional.empty(),
                    Set.of(Settings.ForwardedHeaders.X_FORWARDED),
                    1000,
                    Duration.ofSeconds(10),
                    0)));
    assertThat(read.hosts())
        .containsExactly(
            new VirtualHost(
                List.of("*"),
                List.of(),
                List.of(
                    new Route(
                        new PathMatch.Prefix("/", false),
                        Conditions.NONE,
                        new Action.Forward(
                            List.of(new Action.Share("nodejs", 1)),
                            Optional.empty(),
                            Optional.empty()),
                        List.of(),
                        List.of(),
                        Route.Spelling.AS_SENT))));
    assertThat(read.cluster())
        .isEqualTo(
            new Settings.Cluster(
                "limpet",
                cluster,
                List.of(cluster),
                Duration.ofSeconds(30),
                2_000_000,
                Optional.empty(),
                false,
                KeyRing.EMPTY));
    assertThat(read.admin())
        .contains(new Settings.Admin(new HostPort("127.0.0.1", 9080), Set.of()));
    assertThat(read.limits())
        .isEqualTo(new Settings.Limits(65_536, 16_384, 128, 16_384, 0, 128, 0));
    assertThat(read.log()).isEqualTo(new Settings.Log(false, "info"));
    assertThat(read.accessLog()).isEmpty();
  }

  @Test
  void nodeIsNamedAfterItsMachine() throws InvalidSettings {
    assertThat(smallestWith("").node().name()).isNotEmpty();
  }

  @Test
  void everyKindOfPathIsRead() throws InvalidSettings {
    Settings read =
        smallestWith(
            """
            limpet.hosts = [ { routes = [
              { path = "= /a", redirect { to = "https://{host}{uri}" } }
              { path = "^~ /b", upstream = nodejs }
              { path = "~ [.]png$", upstream = nodejs }
              { path = "~* [.]gif$", upstream = nodejs }
            ] } ]
            """);
    List<Route> routes = read.hosts().getFirst().routes();
    assertThat(routes.get(0))
        .isEqualTo(
            new Route(
                new PathMatch.Exact("/a"),
                Conditions.NONE,
                new Action.Redirect("https://{host}{uri}", 302),
                List.of(),
                List.of(),
                new Route.Spelling(true, false)));
    assertThat(routes.get(1).path()).isEqualTo(new PathMatch.Prefix("/b", true));
    assertThat(expression(routes.get(2)).isFoundIn("/x.PNG")).isFalse();
    assertThat(expression(routes.get(3)).isFoundIn("/x.GIF")).isTrue();
  }

  @Test
  void pathsGoOnNormalizedWhereARouteGuardsSomething() throws InvalidSettings {
    assertThat(
            normalized(
                "{ path = \"/a/\", upstream = nodejs }, { path = \"^~ /b\", upstream = nodejs }"))
        .isEqualTo("false false ");
    String other = ", { path = \"/\", upstream = nodejs }";
    assertThat(normalized("{ path = \"= /a\", upstream = nodejs }" + other))
        .isEqualTo("true true ");
    assertThat(normalized("{ path = \"~ a\", upstream = nodejs }" + other)).isEqualTo("true true ");
    assertThat(normalized("{ path = \"/a\", respond.status = 403 }" + other))
        .isEqualTo("true true ");
    assertThat(normalized("{ path = \"/a\", methods = [ GET ], upstream = nodejs }" + other))
        .isEqualTo("true true ");
    assertThat(normalized("{ path = \"/a\", rewrite.path = \"/b\", upstream = nodejs }" + other))
        .isEqualTo("true true ");
    assertThat(
            normalized("{ path = \"= /a\", upstream = nodejs, path-forwarding = as-sent }" + other))
        .isEqualTo("false true ");
    assertThat(
            normalized(
                "{ path = \"= /a\", upstream = nodejs } ], path-forwarding = as-sent, case-insensitive = off, listeners = ["))
        .isEqualTo("false ");
  }

  private static String normalized(String routes) throws InvalidSettings {
    StringBuilder all = new StringBuilder();
    for (Route route :
        smallestWith("limpet.hosts = [ { routes = [ " + routes + " ] } ]")
            .hosts()
            .getFirst()
            .routes()) {
      all.append(route.spelling().normalized()).append(' ');
    }
    return all.toString();
  }

  @Test
  void everythingThatARouteCanDoIsRead() throws InvalidSettings {
    Settings read =
        smallestWith(
            """
            limpet.upstreams.canary.servers = [ { address = "b:2" } ]
            limpet.hosts = [ {
              request-headers { set { X-Host = "{host}" }, remove = [ X-Old ] }
              routes = [
                { path = "~ ^/u/([0-9]+)/(?<rest>.*)", methods = [ GET, HEAD ]
                  headers { X-Beta = on, x-name = "~ ^a", x-none = absent, x-word = "= present" }
                  query { debug = present }
                  upstream = [ { name = nodejs, weight = 95 }, { name = canary, weight = 5 } ]
                  rewrite { path = "/{rest}/{1}" }
                  mirror { upstream = canary, share = 10% }
                  request-headers { add { X-Id = "{1}" } }
                  response-headers { set { Cache-Control = no-store } } }
                { path = "/api/", upstream = nodejs, rewrite { prefix = "/api/", to = "/" } }
                { path = "= /ok", respond { body = fine } }
                { path = "= /gone", respond { status = 410 } }
              ] } ]
            """);
    List<Route> routes = read.hosts().getFirst().routes();
    Route first = routes.getFirst();
    assertThat(first.conditions().methods()).containsExactly("GET", "HEAD");
    assertThat(first.conditions().headers())
        .contains(
            new Condition("x-beta", new ValueMatch.Equal("on")),
            new Condition("x-none", new ValueMatch.Present(false)),
            new Condition("x-word", new ValueMatch.Equal("present")))
        .hasSize(4);
    assertThat(first.conditions().query())
        .containsExactly(new Condition("debug", new ValueMatch.Present(true)));
    assertThat(first.action())
        .isEqualTo(
            new Action.Forward(
                List.of(new Action.Share("nodejs", 95), new Action.Share("canary", 5)),
                Optional.of(new Action.Rewrite.Path("/{rest}/{1}")),
                Optional.of(new Action.Mirror("canary", 0.1, 65_536))));
    assertThat(first.requestHeaders())
        .containsExactly(
            new HeaderOperation.Remove("X-Old"),
            new HeaderOperation.Set("X-Host", "{host}"),
            new HeaderOperation.Add("X-Id", "{1}"));
    assertThat(first.responseHeaders())
        .containsExactly(new HeaderOperation.Set("Cache-Control", "no-store"));
    assertThat(routes.get(1).requestHeaders()).isEqualTo(first.requestHeaders().subList(0, 2));
    assertThat(routes.get(2).action())
        .isEqualTo(new Action.Respond(200, "fine", "text/plain; charset=utf-8"));
    assertThat(routes.get(3).action()).isEqualTo(new Action.Respond(410, "", ""));
  }

  private static Expression expression(Route route) {
    return route.path() instanceof PathMatch.Regex regex
        ? regex.expression()
        : Expression.of("^$", false);
  }

  @Test
  void switchesTakeEveryWordForOnAndOff() throws InvalidSettings {
    for (String off : List.of("off", "false", "no", "OFF")) {
      Settings read =
          smallestWith(
              "limpet { admin = "
                  + off
                  + ", upstreams.nodejs { health.enabled = "
                  + off
                  + ", affinity { by = [], cookie { secure = "
                  + off
                  + " } } } }");
      assertThat(read.admin()).as(off).isEmpty();
      Settings.Upstream upstream = read.upstreams().values().iterator().next();
      assertThat(upstream.health().checks()).as(off).isEmpty();
      assertThat(upstream.affinity().rules()).as(off).isEmpty();
    }
    assertThat(smallestWith("limpet.admin = on").admin()).isPresent();
  }

  @Test
  void affinityRulesKeepTheirOrder() throws InvalidSettings {
    Settings.Affinity affinity =
        smallestWith(
                """
                limpet.upstreams.nodejs.affinity {
                  by = [ route, header, socket-io, learn, query, ip, cookie ]
                  route { cookies = [ JSESSIONID ], queries = [ jsessionid ], ttl = 2h }
                  header.name = X-User
                  query { name = user, ttl = 1d }
                  replicate = async, on-full = move, fail-back = on
                  learn-unknown = on, learn-unknown-limit = 7
                }
                """)
            .upstreams()
            .values()
            .iterator()
            .next()
            .affinity();
    assertThat(affinity.rules())
        .startsWith(
            new AffinityRule.Route(
                List.of("JSESSIONID"), List.of("jsessionid"), Duration.ofHours(2)),
            new AffinityRule.Header("x-user", Duration.ofMinutes(10)),
            new AffinityRule.SocketIo(Duration.ofMinutes(10)),
            new AffinityRule.Learn(List.of("connect.sid"), Duration.ofMinutes(10)),
            new AffinityRule.Query("user", Duration.ofDays(1)),
            new AffinityRule.Ip(Duration.ofMinutes(10)))
        .hasSize(7);
    assertThat(affinity.cookie()).isPresent();
    assertThat(affinity.replicate()).isEqualTo(Settings.Replicate.ASYNC);
    assertThat(affinity.onFull()).isEqualTo(Settings.OnFull.MOVE);
    assertThat(affinity.failBack()).isTrue();
    assertThat(affinity.learnUnknown()).isTrue();
    assertThat(affinity.learnUnknownLimit()).isEqualTo(7);
  }

  @Test
  void serverIdIsRead() throws InvalidSettings {
    Settings.Upstream upstream =
        smallestWith(
                "limpet.upstreams.nodejs {"
                    + " servers = [ { address = \"b:1\", id = blue, weight = 3 } ] }")
            .upstreams()
            .values()
            .iterator()
            .next();
    assertThat(upstream.servers())
        .containsExactly(new Server(ServerId.of("nodejs", "blue"), new HostPort("b", 1), 3, 0));
  }

  static Stream<Arguments> methods() {
    return Stream.of(
        arguments("least-connections", new BalancingMethod.LeastConnections()),
        arguments("least-time", new BalancingMethod.LeastTime(Measure.HEADER)),
        arguments("{ least-time = last-byte }", new BalancingMethod.LeastTime(Measure.LAST_BYTE)),
        arguments("random-two", new BalancingMethod.RandomTwo(Measure.CONNECTIONS)),
        arguments("{ random-two = header }", new BalancingMethod.RandomTwo(Measure.HEADER)),
        arguments("ip-hash", new BalancingMethod.IpHash()),
        arguments(
            "{ hash = \"header:X-User\" }", new BalancingMethod.Hash(Source.HEADER, "x-user")),
        arguments("{ hash = \"cookie:sid\" }", new BalancingMethod.Hash(Source.COOKIE, "sid")),
        arguments("{ hash = \"query:User\" }", new BalancingMethod.Hash(Source.QUERY, "User")),
        arguments("{ hash = path }", new BalancingMethod.Hash(Source.PATH, "")),
        arguments("{ hash = address }", new BalancingMethod.Hash(Source.ADDRESS, "")));
  }

  @ParameterizedTest
  @MethodSource("methods")
  void everyMethodOfBalancingIsRead(String written, BalancingMethod method) throws InvalidSettings {
    Settings read =
        smallestWith(
            "limpet.upstreams.nodejs { balance = " + written + ", panic-threshold = 25% }");
    assertThat(read.upstreams().values().iterator().next().balancing())
        .isEqualTo(new Balancing(method, 0.25));
  }

  @Test
  void aServersOptionsAreRead() throws InvalidSettings {
    Settings read =
        smallestWith(
            "limpet { node.zone = az1, upstreams.nodejs.servers = [ { address = \"a:1\" }, { address ="
                + " \"b:1\", backup = on, down = on, slow-start = 30s, zone = az2 }, { address ="
                + " \"c:1\", backup = overflow }, { address = \"d:1\", backup = failure }, { address ="
                + " \"e:1\", backup = no } ] }");
    assertThat(read.node().zone()).isEqualTo("az1");
    assertThat(read.upstreams().values().iterator().next().servers())
        .extracting(Server::options)
        .containsExactly(
            ServerOptions.NONE,
            new ServerOptions(Backup.FAILURE, true, Duration.ofSeconds(30), "az2"),
            new ServerOptions(Backup.OVERFLOW, false, Duration.ZERO, ""),
            new ServerOptions(Backup.FAILURE, false, Duration.ZERO, ""),
            ServerOptions.NONE);
  }

  @Test
  void systemPropertiesFillSubstitutionsAndNothingElse() throws InvalidSettings {
    System.setProperty("limpet.node.name", "ignored");
    System.setProperty("SETTINGS_TEST_NAME", "from-property");
    try {
      Settings read = smallestWith("limpet.node.name = ${?SETTINGS_TEST_NAME}");
      assertThat(read.node().name()).isEqualTo("from-property");
    } finally {
      System.clearProperty("limpet.node.name");
      System.clearProperty("SETTINGS_TEST_NAME");
    }
  }

  @Test
  void otherTopLevelBlocksAreFree() throws InvalidSettings {
    assertThat(smallestWith("akka.loglevel = DEBUG").log().level()).isEqualTo("info");
  }

  @Test
  void quickstartIsValid() throws InvalidSettings {
    Settings read = SettingsReader.read(CONFIG.resolve("quickstart.conf"));
    assertThat(read.upstreams().values().iterator().next().servers())
        .extracting(server -> server.address().toString())
        .containsExactly("127.0.0.1:3001", "127.0.0.1:3002");
    assertThat(read.listeners().getFirst().bind()).hasToString("0.0.0.0:8080");
  }

  @Test
  void clusterExampleIsValidForEachOfItsNodes() throws InvalidSettings {
    Path file = CONFIG.resolve("cluster.conf");
    assertThat(SettingsReader.read(file).node().name()).isEqualTo("edge-1");
    System.setProperty("LIMPET_NODE_NAME", "edge-3");
    System.setProperty("LIMPET_CLUSTER_BIND", "127.0.0.1:25522");
    try {
      Settings read = SettingsReader.read(file);
      assertThat(read.node().name()).isEqualTo("edge-3");
      assertThat(read.cluster().bind().port()).isEqualTo(25522);
      assertThat(read.cluster().peers()).hasSize(3).contains(read.cluster().bind());
    } finally {
      System.clearProperty("LIMPET_NODE_NAME");
      System.clearProperty("LIMPET_CLUSTER_BIND");
    }
  }

  @Test
  void missingFileIsOneProblem() {
    Path file = Path.of("no", "such.conf");
    InvalidSettings invalid =
        catchThrowableOfType(InvalidSettings.class, () -> SettingsReader.read(file));
    assertThat(invalid).hasMessage(file + ": there is no such file");
  }

  @ParameterizedTest
  @CsvSource({
    "16384",
    "16k",
    "16K",
    "16 k",
    "16Ki",
    "16KiB",
    "16 kibibytes",
    "0.015625M",
    "16384b"
  })
  void aSizesUnitIsAPowerOf1024(String size) throws InvalidSettings {
    assertThat(smallestWith("limpet.limits.max-body-size = " + size).limits().maxBodySize())
        .isEqualTo(16384);
  }

  @ParameterizedTest
  @CsvSource({
    "10kB, 10k",
    "10 KB, 10K",
    "10Mb, 10M",
    "10MB, 10M",
    "10gb, 10g",
    "2 TB, 2T",
    "1.5mB, 1.5m",
    "10mib, 10m",
    "10kilobytes, 10k",
    "10 megabyte, 10m"
  })
  void aSizeThatMayMeanAnotherPowerIsNone(String size, String meant) {
    assertThat(refusal(SMALLEST + "limpet.limits.max-body-size = " + size))
        .endsWith("not \"" + size + "\"; did you mean " + meant + "?");
  }

  @ParameterizedTest
  @CsvSource({
    "10 sec, 10s",
    "5 min, 5m",
    "5mins, 5m",
    "2hrs, 2h",
    "10S, 10s",
    "500 MSEC, 500ms",
    "2w, 14d",
    "1 year, 365d"
  })
  void aDurationInAnothersUnitsGetsAHint(String duration, String meant) {
    assertThat(refusal(SMALLEST + "limpet.node.drain-timeout = " + duration))
        .endsWith("not \"" + duration + "\"; did you mean " + meant + "?");
  }

  @ParameterizedTest
  @CsvSource({"90s, 90", "90 seconds, 90", "1.5m, 90", "2 minutes, 120"})
  void aDurationMayBeWrittenInWords(String duration, int seconds) throws InvalidSettings {
    assertThat(smallestWith("limpet.node.drain-timeout = " + duration).node().drainTimeout())
        .isEqualTo(Duration.ofSeconds(seconds));
  }

  @Test
  void problemsNameTheFileAsItWasGiven(@TempDir Path directory) throws IOException {
    Path file = Files.writeString(directory.resolve("a.conf"), SMALLEST + "limpet.nod = 1\n");
    InvalidSettings invalid =
        catchThrowableOfType(InvalidSettings.class, () -> SettingsReader.read(file));
    assertThat(invalid).hasMessageStartingWith(file + ":6: limpet.nod: unknown key");
  }

  @Test
  void brokenSyntaxIsOneProblemWithItsLine() {
    assertThat(refusal("limpet {\n  node { name = [ }\n}"))
        .startsWith("x.conf:2: not valid HOCON: ")
        .hasLineCount(1);
  }

  @Test
  void unresolvedSubstitutionIsOneProblemWithItsLine() {
    assertThat(refusal(SMALLEST + "limpet.node.name = ${NO_SUCH_NAME}"))
        .startsWith("x.conf:6: ${NO_SUCH_NAME} is set neither in the file nor")
        .hasLineCount(1);
  }

  @Test
  void missingBlockIsOneProblem() {
    assertThat(refusal("limpt { }")).contains("limpet: missing;", "did you mean \"limpt\"?");
    assertThat(refusal("")).contains("everything belongs in limpet { }");
    assertThat(refusal("limpet = 5")).isEqualTo("x.conf:1: limpet: expected a section { }");
  }
}
