package dev.limpet.settings;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import dev.limpet.model.changes.Overlay;
import dev.limpet.model.changes.SettingPath;
import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.AdminState;
import dev.limpet.model.settings.Server;
import dev.limpet.model.settings.ServerChange;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.settings.ServerOptions;
import dev.limpet.model.settings.ServerOptions.Backup;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.settings.route.Action;
import dev.limpet.model.settings.route.Action.Share;
import dev.limpet.settings.hocon.InvalidSettings;
import dev.limpet.settings.hocon.Problem;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Changes that lie over a file. */
class OverlayTest {

  private static final String FILE =
      """
      limpet {
        listeners = [ { name = http, bind = "127.0.0.1:8080" } ]
        upstreams {
          app.servers = [
            { address = "10.0.0.1:80", weight = 3 }
            { address = "10.0.0.2:80", id = blue, down = on }
            { address = "[2001:db8::1]:80" }
          ]
          canary.servers { address = "10.0.1.1:80" }
          found.discovery.dns { name = "app.test", port = 80 }
        }
        hosts = [
          { names = [ a.test ], routes = [
            { path = "/", upstream = app }
            { path = "/shop", name = shop, upstream = [ { name = app, weight = 5 }, { name = found } ] }
            { path = "=  /x", upstream = app }
            { path = "/gone", respond { status = 410 } }
          ] }
          { names = [ b.test ], routes { path = "/", upstream = app } }
        ]
      }
      """;

  private final SettingsFile file;

  /** What has been changed so far, each by a change of its own: c1, c2 … */
  private final TreeMap<SettingPath, Overlay.Value> values = new TreeMap<>();

  OverlayTest() throws InvalidSettings {
    file = SettingsReader.open(FILE, "x.conf");
  }

  private void change(SettingPath path, @Nullable String json) {
    int number = values.size() + 1;
    values.put(path, new Overlay.Value(json, number, "c" + number, 1000 + number));
  }

  private void change(String upstream, String server, String field, @Nullable String json) {
    change(SettingPath.server(upstream, server).child(field), json);
  }

  private Settings read() throws InvalidSettings {
    SettingsFile.Reading reading = file.read(new Overlay(values));
    assertThat(reading.withoutEffect()).isEmpty();
    return reading.settings();
  }

  private List<String> withoutEffect() throws InvalidSettings {
    return file.read(new Overlay(values)).withoutEffect().stream().map(Object::toString).toList();
  }

  private List<Problem> problems() {
    return requireNonNull(
            catchThrowableOfType(InvalidSettings.class, () -> file.read(new Overlay(values))))
        .problems();
  }

  private static Settings.Upstream upstream(Settings settings, String name) {
    return requireNonNull(settings.upstreams().get(name));
  }

  private static List<Server> servers(Settings settings) {
    return upstream(settings, "app").servers();
  }

  private static Server server(Settings settings, String id) {
    return servers(settings).stream()
        .filter(server -> server.id().equals(ServerId.of("app", id)))
        .findFirst()
        .orElseThrow();
  }

  private static List<Share> shares(Settings settings, int host, int route) {
    return ((Action.Forward) settings.hosts().get(host).routes().get(route).action()).upstreams();
  }

  @Test
  void eachFieldOfAServerCanBeChanged() throws InvalidSettings {
    change("app", "10.0.0.1:80", "address", "\"10.0.0.9:81\"");
    change("app", "10.0.0.1:80", "weight", "7");
    change("app", "10.0.0.1:80", "max-connections", "50");
    change("app", "10.0.0.1:80", "slow-start", "\"30s\"");
    change("app", "10.0.0.1:80", "backup", "\"overflow\"");
    change("app", "10.0.0.1:80", "zone", "\"az1\"");
    change("app", "blue", "weight", "2");
    change("app", "[2001:db8:0::1]:80", "weight", "4");
    Settings settings = read();
    assertThat(server(settings, "10.0.0.1:80"))
        .isEqualTo(
            new Server(
                ServerId.of("app", "10.0.0.1:80"),
                new HostPort("10.0.0.9", 81),
                7,
                50,
                new ServerOptions(Backup.OVERFLOW, false, Duration.ofSeconds(30), "az1")));
    assertThat(server(settings, "blue").weight()).isEqualTo(2);
    assertThat(server(settings, "[2001:db8::1]:80").weight()).isEqualTo(4);
    assertThat(servers(settings)).hasSize(3);
  }

  @Test
  void nullIsWhatTheFileSays() throws InvalidSettings {
    change("app", "10.0.0.1:80", "weight", null);
    change("app", "10.0.0.1:80", "zone", "null");
    assertThat(read()).isEqualTo(file.read().settings());
  }

  @Test
  void whatANewerNodeHasSetIsPassedOver() throws InvalidSettings {
    change("app", "10.0.0.1:80", "colour", "\"red\"");
    change(SettingPath.of("upstreams", "app", "queue-size"), "5");
    change(SettingPath.of("limits"), "5");
    assertThat(read()).isEqualTo(file.read().settings());
  }

  @Test
  void serversComeAndGo() throws InvalidSettings {
    change("app", "10.0.0.7:80", "present", "true");
    change("app", "10.0.0.7:80", "weight", "9");
    change("app", "green", "present", "true");
    change("app", "green", "address", "\"10.0.0.8:80\"");
    change("app", "10.0.0.1:80", "present", "false");
    change("app", "blue", "present", "true");
    change("canary", "10.0.1.2:80", "present", "true");
    change("canary", "10.0.1.1:80", "present", "false");
    change("found", "10.0.2.1:80", "present", "true");
    Settings settings = read();
    assertThat(servers(settings))
        .extracting(Server::id)
        .containsExactlyInAnyOrder(
            ServerId.of("app", "blue"),
            ServerId.of("app", "[2001:db8::1]:80"),
            ServerId.of("app", "10.0.0.7:80"),
            ServerId.of("app", "green"));
    assertThat(server(settings, "10.0.0.7:80").weight()).isEqualTo(9);
    assertThat(server(settings, "10.0.0.7:80").address()).isEqualTo(new HostPort("10.0.0.7", 80));
    assertThat(server(settings, "green").address()).isEqualTo(new HostPort("10.0.0.8", 80));
    assertThat(upstream(settings, "canary").servers())
        .extracting(server -> server.id().value())
        .containsExactly("canary/10.0.1.2:80");
    assertThat(upstream(settings, "found").servers()).hasSize(1);
  }

  @Test
  void aServerThatWasAddedAndRemovedLeavesNothing() throws InvalidSettings {
    change("app", "10.0.0.7:80", "present", "false");
    change("app", "10.0.0.7:80", "weight", "9");
    change("found", "10.0.2.1:80", "present", "false");
    change("found", "10.0.2.1:80", "weight", "9");
    assertThat(read()).isEqualTo(file.read().settings());
  }

  @Test
  void ordersStandBesideTheServersWithTheTimeTheyWereGivenAt() throws InvalidSettings {
    change("app", "10.0.0.1:80", "state", "\"drain\"");
    change("app", "blue", "state", "\"up\"");
    change("found", "10.0.2.1:80", "state", "\"down\"");
    Settings settings = read();
    assertThat(upstream(settings, "app").changed())
        .isEqualTo(
            Map.of(
                ServerId.of("app", "10.0.0.1:80"), order(AdminState.DRAIN, 1001),
                ServerId.of("app", "blue"), order(AdminState.UP, 1002)));
    assertThat(upstream(settings, "found").changed())
        .isEqualTo(Map.of(ServerId.of("found", "10.0.2.1:80"), order(AdminState.DOWN, 1003)));
    assertThat(servers(settings)).isEqualTo(servers(file.read().settings()));
  }

  private static ServerChange order(AdminState state, long since) {
    return new ServerChange(
        Optional.of(new ServerChange.Order(state, since)), ServerChange.Patch.NONE);
  }

  @Test
  void whatIsChangedOfServersThatAreFoundIsKeptForThem() throws InvalidSettings {
    change("found", "10.0.2.1:80", "weight", "7");
    change("found", "10.0.2.1:80", "slow-start", "\"30s\"");
    change("found", "10.0.2.1:80", "backup", "true");
    change("found", "10.0.2.1:80", "zone", "\"az1\"");
    ServerId id = ServerId.of("found", "10.0.2.1:80");
    Server found = new Server(id, new HostPort("10.0.2.1", 80), 1, 3);
    assertThat(requireNonNull(upstream(read(), "found").changed().get(id)).patch().on(found))
        .isEqualTo(
            new Server(
                id,
                found.address(),
                7,
                3,
                new ServerOptions(Backup.FAILURE, false, Duration.ofSeconds(30), "az1")));
  }

  @Test
  void sharesOfARouteChange() throws InvalidSettings {
    change(SettingPath.shares("shop"), "{\"app\": 90, \"canary\": 10}");
    change(SettingPath.shares("= /x"), "{\"app\": 0, \"canary\": 1}");
    Settings settings = read();
    assertThat(shares(settings, 0, 1))
        .as("the clients of an upstream that is not named stay there")
        .containsExactly(new Share("app", 90), new Share("found", 0), new Share("canary", 10));
    assertThat(shares(settings, 0, 2)).containsExactly(new Share("app", 0), new Share("canary", 1));
    assertThat(shares(settings, 0, 0)).containsExactly(new Share("app", 1));
  }

  @Test
  void changesThatTheFileHasNoPlaceForAreTold() throws InvalidSettings {
    change("app", "10.0.0.5:80", "weight", "7");
    change("gone", "10.0.0.5:80", "present", "true");
    change(SettingPath.shares("/lost"), "{\"app\": 1}");
    change(SettingPath.shares("/"), "{\"app\": 1}");
    assertThat(withoutEffect())
        .containsExactly(
            "the change c1 to server app/10.0.0.5:80 has no effect: there is no such server in the"
                + " settings",
            "the change c2 to server gone/10.0.0.5:80 has no effect: there is no upstream gone in the"
                + " settings",
            "the change c4 to the shares of route / has no effect: 2 routes have this path; give the"
                + " one that is meant a name",
            "the change c3 to the shares of route /lost has no effect: there is no such route in the"
                + " settings");
    assertThat(file.read(new Overlay(values)).settings()).isEqualTo(file.read().settings());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          weight          | 5000       | 5000 is out of range: it must be between 1 and 1000
          weight          | 1.5        | expected a whole number, not 1.5
          weight          | [1]        | expected a whole number, not a list [ ]
          max-connections | "many"     | expected a whole number, not "many"
          slow-start      | 30         | 30 has no unit: write 30s or 30ms
          backup          | "maybe"    | expected one of off, on, failure, overflow, not "maybe"
          zone            | "a b"      | "a b" is not a name: use letters, digits, ".", "_" and "-"
          state           | "gone"     | expected one of up, drain, down, not "gone"
          address         | "10.0.0.1" | "10.0.0.1" is not host:port
          address         | "127.0.0.1:8080" | 127.0.0.1:8080 is where this node listens itself
          weight          | }          | expected a whole number, not "}"
          """)
  void aMistakeNamesWhatWasSet(String field, String json, String message) {
    for (String server : List.of("10.0.0.1:80", "10.0.0.7:80")) {
      values.clear();
      change("app", server, "present", "true");
      change("app", server, field, json);
      assertThat(problems())
          .singleElement()
          .satisfies(
              problem -> {
                assertThat(problem.changed())
                    .contains(SettingPath.server("app", server).child(field));
                assertThat(problem.message()).startsWith(message);
                assertThat(problem.file()).isEqualTo("changed at run time (c2)");
                assertThat(problem.line()).isZero();
              });
    }
  }

  @Test
  void mistakesOfServersThatAreFoundAreTold() {
    change("found", "10.0.2.1:80", "weight", "0");
    assertThat(problems())
        .singleElement()
        .asString()
        .isEqualTo(
            "changed at run time (c1): limpet.upstreams.found.servers[found/10.0.2.1:80].weight: 0"
                + " is out of range: it must be between 1 and 1000");
  }

  @Test
  void aServerThatIsAddedNeedsAnAddress() {
    change("app", "green", "present", "true");
    assertThat(problems())
        .singleElement()
        .extracting(Problem::changed)
        .isEqualTo(Optional.of(SettingPath.server("app", "green").child("address")));
  }

  @Test
  void oneServerMustStay() {
    change("canary", "10.0.1.1:80", "present", "false");
    assertThat(problems())
        .singleElement()
        .extracting(Problem::changed)
        .isEqualTo(Optional.of(SettingPath.servers("canary")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          shop  | {"app": 1, "none": 2} | there is no upstream "none"
          shop  | {"app": 0}            | at least one upstream with a weight above 0 is needed
          shop  | {"app": 1, "canary": "many"} | expected a whole number, not "many"
          shop  | 5                     | expected weights by upstream
          /gone | {"app": 1}            | the route sends nothing to an upstream
          """)
  void aMistakeInSharesNamesTheRoute(String route, String json, String message) {
    change(SettingPath.shares(route), json);
    assertThat(problems())
        .singleElement()
        .satisfies(
            problem -> {
              assertThat(problem.changed()).contains(SettingPath.shares(route));
              assertThat(problem.message()).startsWith(message);
            });
  }

  /** Two nodes that do not see each other may each remove one of two servers. */
  @Test
  void changesThatDoNotGoTogetherArePassedOverTheNewestFirst() throws InvalidSettings {
    change("app", "10.0.0.1:80", "present", "false");
    change("app", "blue", "present", "false");
    change("app", "[2001:db8::1]:80", "present", "false");
    change("canary", "10.0.1.1:80", "weight", "5000");
    change("canary", "10.0.1.1:80", "zone", "\"az1\"");
    SettingsFile.Reading reading = file.readWhatGoes(new Overlay(values));
    assertThat(servers(reading.settings()))
        .extracting(server -> server.id().value())
        .containsExactly("app/[2001:db8::1]:80");
    assertThat(upstream(reading.settings(), "canary").servers())
        .extracting(Server::weight, server -> server.options().zone())
        .containsExactly(tuple(1, "az1"));
    assertThat(reading.idle())
        .satisfiesExactlyInAnyOrder(
            line ->
                assertThat(line)
                    .startsWith(
                        "the change c3 to server app/[2001:db8::1]:80 has no effect: at least one"
                            + " server is needed"),
            line ->
                assertThat(line)
                    .startsWith(
                        "the change c4 to server canary/10.0.1.1:80 has no effect: 5000 is out of"));
  }
}
