package dev.limpet.settings;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.model.changes.Overlay;
import dev.limpet.model.changes.SettingPath;
import dev.limpet.model.settings.AdminState;
import dev.limpet.model.settings.Server;
import dev.limpet.model.settings.ServerChange;
import dev.limpet.model.settings.Settings;
import dev.limpet.settings.hocon.InvalidSettings;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Changes as HOCON that makes them permanent. */
class ExportTest {

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
          more.servers = [ { address = "10.0.3.1:80" } ]
          one.servers { address = "10.0.1.1:80" }
          found.discovery.dns { name = "app.test", port = 80 }
        }
        hosts = [ { names = [ a.test, b.test ], routes = [
          { path = "/", upstream = app }
          { path = "/shop", name = shop, upstream = [ { name = app, weight = 5 }, { name = found } ] }
        ] } ]
      }
      """;

  private final TreeMap<SettingPath, Overlay.Value> values = new TreeMap<>();

  private void change(SettingPath path, @Nullable String json) {
    int number = values.size() + 1;
    values.put(path, new Overlay.Value(json, number, "c" + number, 1000 + number));
  }

  private void change(String upstream, String server, String field, @Nullable String json) {
    change(SettingPath.server(upstream, server).child(field), json);
  }

  private String export() throws InvalidSettings {
    return SettingsReader.open(FILE, "x.conf").export(new Overlay(values));
  }

  /** The servers of an upstream, with what operators have ordered as a file says it. */
  private static Map<String, Object> servers(Settings settings, String name) {
    Settings.Upstream upstream = requireNonNull(settings.upstreams().get(name));
    Map<String, Object> servers = new TreeMap<>();
    for (Server server : upstream.servers()) {
      boolean down =
          upstream
              .changed()
              .getOrDefault(server.id(), ServerChange.NONE)
              .order()
              .map(order -> order.state() == AdminState.DOWN)
              .orElse(server.options().down());
      servers.put(
          server.id().value(),
          List.of(
              server.address(),
              server.weight(),
              server.maxConnections(),
              server.options().backup(),
              server.options().slowStart(),
              server.options().zone(),
              down));
    }
    return servers;
  }

  private void assertPermanent(String exported) throws InvalidSettings {
    Settings changed = SettingsReader.open(FILE, "x.conf").read(new Overlay(values)).settings();
    Settings permanent = SettingsReader.parse(FILE + exported, "x.conf");
    for (String upstream : changed.upstreams().keySet()) {
      assertThat(servers(permanent, upstream)).isEqualTo(servers(changed, upstream));
    }
  }

  @Test
  void serversThatWereAddedAreAppended() throws InvalidSettings {
    change("app", "10.0.0.7:80", "present", "true");
    change("app", "10.0.0.7:80", "weight", "9");
    change("app", "10.0.0.7:80", "slow-start", "\"30s\"");
    change("app", "green", "present", "true");
    change("app", "green", "address", "\"10.0.0.8:80\"");
    change("found", "10.0.2.1:80", "present", "true");
    change("one", "10.0.1.2:80", "present", "true");
    String exported = export();
    assertThat(exported.lines())
        .contains(
            "limpet.upstreams.app.servers += { address = \"10.0.0.7:80\", weight = 9, slow-start ="
                + " \"30s\" }  # added: c1",
            "limpet.upstreams.app.servers += { id = green, address = \"10.0.0.8:80\" }  # added: c4",
            "limpet.upstreams.found.servers += { address = \"10.0.2.1:80\" }  # added: c6",
            "limpet.upstreams.one.servers = [");
    assertPermanent(exported);
  }

  @Test
  void otherChangesWriteTheWholeList() throws InvalidSettings {
    change("app", "10.0.0.1:80", "weight", "7");
    change("app", "10.0.0.1:80", "zone", "\"az1\"");
    change("app", "blue", "state", "\"up\"");
    change("app", "[2001:db8::1]:80", "present", "false");
    change("app", "10.0.0.7:80", "present", "true");
    change("app", "10.0.0.7:80", "state", "\"down\"");
    String exported = export();
    assertThat(exported)
        .endsWith(
            """

            # app/[2001:db8::1]:80 was removed: c4
            limpet.upstreams.app.servers = [
              { address = "10.0.0.1:80", weight = 7, zone = az1 }  # weight: c1, zone: c2
              { id = blue, address = "10.0.0.2:80" }  # state: c3
              { address = "10.0.0.7:80", down = on }  # added: c5
            ]
            """);
    assertPermanent(exported);
  }

  @Test
  void whatNoFileCanSayIsAComment() throws InvalidSettings {
    change("app", "10.0.0.1:80", "state", "\"drain\"");
    change("found", "10.0.2.1:80", "weight", "7");
    change(SettingPath.shares("shop"), "{\"app\": 90, \"one\": 10}");
    change("app", "10.9.9.9:80", "weight", "7");
    String exported = export();
    assertThat(exported)
        .endsWith(
            """

            # app/10.0.0.1:80: no file can say state = "drain" (c1)

            # found/10.0.2.1:80 is not in the file, which cannot say weight = 7 (c2)

            # In host a.test b.test, for the upstream of route shop  # c3
            #   upstream = [ { name = app, weight = 90 }, { name = found, weight = 0 }, { name = one, weight = 10 } ]
            """);
    assertPermanent(exported);
  }

  @Test
  void withoutChangesThereIsNothingToPut() throws InvalidSettings {
    change("app", "10.0.0.1:80", "weight", null);
    assertThat(export().lines()).allMatch(line -> line.startsWith("#"));
  }
}
