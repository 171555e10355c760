package dev.limpet.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.limpet.model.net.HostPort;
import dev.limpet.model.secret.KeyRing;
import dev.limpet.model.settings.Admin;
import dev.limpet.model.settings.AffinityRule;
import dev.limpet.model.settings.Balancing;
import dev.limpet.model.settings.HealthCheck;
import dev.limpet.model.settings.HealthChecks;
import dev.limpet.model.settings.PassiveChecks;
import dev.limpet.model.settings.ResponseMatch;
import dev.limpet.model.settings.Server;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.settings.route.Action;
import dev.limpet.model.settings.route.Route;
import dev.limpet.model.settings.route.Route.Conditions;
import dev.limpet.model.settings.route.Route.PathMatch;
import dev.limpet.model.settings.route.VirtualHost;
import dev.limpet.settings.hocon.InvalidSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsReaderTest {

  private static final Path CONFIG = Path.of("../../config");

  @Test
  void defaultsAreThoseOfTheReference() throws InvalidSettings {
    Settings read = SmallestSettings.with("limpet.node.name = edge");
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
                false,
                Optional.of(Path.of("data/edge").toAbsolutePath())));
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
                    Map.of(),
                    Balancing.DEFAULT,
                    new Settings.Affinity(
                        List.of(
                            new AffinityRule.Cookie(
                                "limpet",
                                Duration.ofHours(1),
                                "/",
                                "",
                                AffinityRule.Cookie.SameSite.LAX,
                                AffinityRule.Cookie.Secure.AUTO,
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
                        "/",
                        new PathMatch.Prefix("/", false),
                        Conditions.NONE,
                        new Action.Forward(
                            List.of(new Action.Share("nodejs", 1)),
                            Optional.empty(),
                            Optional.empty()),
                        List.of(),
                        List.of(),
                        Route.Spelling.AS_SENT,
                        Optional.empty()))));
    assertThat(read.cluster())
        .isEqualTo(
            new Settings.Cluster(
                "limpet",
                cluster,
                cluster,
                List.of(cluster),
                Optional.empty(),
                3,
                Duration.ofSeconds(60),
                3,
                Duration.ofSeconds(30),
                2_000_000,
                Optional.empty(),
                false,
                KeyRing.EMPTY));
    assertThat(read.admin())
        .contains(
            new Admin(
                new HostPort("127.0.0.1", 9080),
                Set.of(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                false,
                false));
    assertThat(read.limits())
        .isEqualTo(new Settings.Limits(65_536, 16_384, 128, 16_384, 0, 128, 0));
    assertThat(read.log()).isEqualTo(new Settings.Log(false, "info"));
    assertThat(read.accessLog()).isEmpty();
  }

  @Test
  void nodeIsNamedAfterItsMachine() throws InvalidSettings {
    assertThat(SmallestSettings.with("").node().name()).isNotEmpty();
  }

  @Test
  void systemPropertiesFillSubstitutionsAndNothingElse() throws InvalidSettings {
    System.setProperty("limpet.node.name", "ignored");
    System.setProperty("SETTINGS_TEST_NAME", "from-property");
    try {
      Settings read = SmallestSettings.with("limpet.node.name = ${?SETTINGS_TEST_NAME}");
      assertThat(read.node().name()).isEqualTo("from-property");
    } finally {
      System.clearProperty("limpet.node.name");
      System.clearProperty("SETTINGS_TEST_NAME");
    }
  }

  /** As the downward API of Kubernetes has it, whose variables may be empty. */
  @Test
  void theEnvironmentMayNameANodeAndItsZone() throws InvalidSettings {
    String node = "limpet.node { name = ${?SETTINGS_TEST_POD}, zone = ${?SETTINGS_TEST_ZONE} }";
    assertThat(SmallestSettings.with(node).node().zone()).isEmpty();
    assertThat(SmallestSettings.with(node).node().name()).isNotEmpty();
    System.setProperty("SETTINGS_TEST_POD", "limpet-0");
    System.setProperty("SETTINGS_TEST_ZONE", "");
    try {
      assertThat(SmallestSettings.with(node).node().name()).isEqualTo("limpet-0");
      assertThat(SmallestSettings.with(node).node().zone()).isEmpty();
      System.setProperty("SETTINGS_TEST_ZONE", "eu-west-1a");
      assertThat(SmallestSettings.with(node).node().zone()).isEqualTo("eu-west-1a");
    } finally {
      System.clearProperty("SETTINGS_TEST_POD");
      System.clearProperty("SETTINGS_TEST_ZONE");
    }
  }

  @Test
  void otherTopLevelBlocksAreFree() throws InvalidSettings {
    assertThat(SmallestSettings.with("akka.loglevel = DEBUG").log().level()).isEqualTo("info");
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
  void dataIsKeptBesideTheFileOrWhereItSaysOrNotAtAll(@TempDir Path directory) throws Exception {
    assertThat(data(directory, "node.name = edge")).contains(directory.resolve("data/edge"));
    assertThat(data(directory, "node.data = ../kept")).contains(directory.resolveSibling("kept"));
    assertThat(data(directory, "node.data = /var/lib/limpet")).contains(Path.of("/var/lib/limpet"));
    assertThat(data(directory, "node.data = off")).isEmpty();
    for (String wrong : List.of("on", "\"\"", "{}")) {
      assertThat(SmallestSettings.refusal(SmallestSettings.TEXT + "limpet.node.data = " + wrong))
          .contains("limpet.node.data: expected a folder, or off");
    }
  }

  @Test
  void aPathWithAVariableStartsAtTheFileAsWell(@TempDir Path directory) throws Exception {
    System.setProperty("SETTINGS_TEST_NAME", "edge");
    try {
      for (String written : List.of("${SETTINGS_TEST_NAME}", "\"kept/\"${SETTINGS_TEST_NAME}")) {
        String path = written.startsWith("$") ? "edge" : "kept/edge";
        assertThat(data(directory, "node.data = " + written)).contains(directory.resolve(path));
      }
    } finally {
      System.clearProperty("SETTINGS_TEST_NAME");
    }
  }

  private static Optional<Path> data(Path directory, String line) throws Exception {
    Path file = directory.resolve("a.conf");
    Files.writeString(file, SmallestSettings.TEXT + "limpet." + line);
    return SettingsReader.read(file).node().data();
  }

  @Test
  void missingFileIsOneProblem() {
    Path file = Path.of("no", "such.conf");
    InvalidSettings invalid =
        catchThrowableOfType(InvalidSettings.class, () -> SettingsReader.read(file));
    assertThat(invalid).hasMessage(file + ": there is no such file");
  }

  @Test
  void problemsNameTheFileAsItWasGiven(@TempDir Path directory) throws IOException {
    Path file =
        Files.writeString(directory.resolve("a.conf"), SmallestSettings.TEXT + "limpet.nod = 1\n");
    InvalidSettings invalid =
        catchThrowableOfType(InvalidSettings.class, () -> SettingsReader.read(file));
    assertThat(invalid).hasMessageStartingWith(file + ":6: limpet.nod: unknown key");
  }

  @Test
  void brokenSyntaxIsOneProblemWithItsLine() {
    assertThat(SmallestSettings.refusal("limpet {\n  node { name = [ }\n}"))
        .startsWith("x.conf:2: not valid HOCON: ")
        .hasLineCount(1);
  }

  @Test
  void unresolvedSubstitutionIsOneProblemWithItsLine() {
    assertThat(
            SmallestSettings.refusal(SmallestSettings.TEXT + "limpet.node.name = ${NO_SUCH_NAME}"))
        .startsWith("x.conf:6: ${NO_SUCH_NAME} is set neither in the file nor")
        .hasLineCount(1);
  }

  @Test
  void missingBlockIsOneProblem() {
    assertThat(SmallestSettings.refusal("limpt { }"))
        .contains("limpet: missing;", "did you mean \"limpt\"?");
    assertThat(SmallestSettings.refusal("")).contains("everything belongs in limpet { }");
    assertThat(SmallestSettings.refusal("limpet = 5"))
        .isEqualTo("x.conf:1: limpet: expected a section { }");
  }
}
