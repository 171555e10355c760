package dev.limpet.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.AffinityRule;
import dev.limpet.model.settings.Balancing;
import dev.limpet.model.settings.BalancingMethod;
import dev.limpet.model.settings.BalancingMethod.Measure;
import dev.limpet.model.settings.BalancingMethod.Source;
import dev.limpet.model.settings.Discovery;
import dev.limpet.model.settings.KubernetesAccess;
import dev.limpet.model.settings.Server;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.settings.ServerOptions;
import dev.limpet.model.settings.ServerOptions.Backup;
import dev.limpet.model.settings.Settings;
import dev.limpet.settings.hocon.InvalidSettings;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Upstreams as they are read: servers, balancing, affinity. */
class UpstreamSettingsTest {

  @Test
  void serversMayBeEndpointsInKubernetes() throws InvalidSettings {
    Settings read =
        SmallestSettings.with(
            """
            limpet.upstreams.a.discovery.kubernetes { service = web-1, namespace = shop, port = http }
            limpet.upstreams.b.discovery.kubernetes {
              selector = "app=web,tier in (a,b),!canary", port = 3000, drain = 5m, max-connections = 7
              slow-start = 9s
            }
            limpet.kubernetes { api = "https://[fd00::1]:6443", service-account = "/tmp/account" }
            """);
    assertThat(discovery(read, "a"))
        .contains(
            new Discovery.Kubernetes(
                Optional.of("web-1"),
                Optional.empty(),
                Optional.of("shop"),
                Optional.of("http"),
                Duration.ofSeconds(30),
                0,
                Duration.ZERO));
    assertThat(discovery(read, "b"))
        .contains(
            new Discovery.Kubernetes(
                Optional.empty(),
                Optional.of("app=web,tier in (a,b),!canary"),
                Optional.empty(),
                Optional.of("3000"),
                Duration.ofMinutes(5),
                7,
                Duration.ofSeconds(9)));
    assertThat(read.kubernetes())
        .isEqualTo(
            new KubernetesAccess(
                Optional.of(URI.create("https://[fd00::1]:6443")), Path.of("/tmp/account")));
    assertThat(SmallestSettings.with("").kubernetes()).isEqualTo(KubernetesAccess.USUAL);
  }

  private static Optional<Discovery> discovery(Settings settings, String upstream) {
    return Objects.requireNonNull(settings.upstreams().get(upstream)).discovery();
  }

  @Test
  void affinityRulesKeepTheirOrder() throws InvalidSettings {
    Settings.Affinity affinity =
        SmallestSettings.with(
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
        SmallestSettings.with(
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
        SmallestSettings.with(
            "limpet.upstreams.nodejs { balance = " + written + ", panic-threshold = 25% }");
    assertThat(read.upstreams().values().iterator().next().balancing())
        .isEqualTo(new Balancing(method, 0.25));
  }

  @Test
  void aServersOptionsAreRead() throws InvalidSettings {
    Settings read =
        SmallestSettings.with(
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
}
