package dev.limpet.node.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.model.settings.Settings;
import dev.limpet.settings.SettingsReader;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlueprintTest {

  @TempDir private Path home;

  private static List<Integer> ports(Blueprint blueprint) {
    return blueprint.parts().stream().flatMap(part -> part.ports().stream()).sorted().toList();
  }

  @Test
  void theUsualPortsAreThoseOfTheReadme() {
    assertThat(ports(new Blueprint(home, 0)))
        .containsExactly(3001, 3002, 3003, 8081, 8082, 8083, 9081, 9082, 9083, 25521, 25522, 25523);
  }

  @Test
  void theChatPageLeadsToTheFirstNodesDashboard() {
    assertThat(new Blueprint(home, 0).parts().getFirst().environment())
        .containsEntry("DASHBOARD_URL", "http://127.0.0.1:9081/");
  }

  @Test
  void chosenPortsAreAllBehindTheOneThatIsNamed() throws Exception {
    Blueprint chosen = new Blueprint(home, Blueprint.MAX_BASE_PORT);
    assertThat(ports(chosen))
        .hasSize(12)
        .doesNotHaveDuplicates()
        .allMatch(port -> port > 65_502 && port <= 65_535);
    assertThat(chosen.directory()).isNotEqualTo(new Blueprint(home, 0).directory());
    chosen.writeSettings();
    Settings node = SettingsReader.read(chosen.directory().resolve("node-2.conf"));
    Stream<Integer> used =
        Stream.of(
                Stream.of(node.listeners().getFirst().bind(), node.cluster().bind()),
                node.cluster().peers().stream(),
                node.upstreams().values().stream()
                    .flatMap(upstream -> upstream.servers().stream())
                    .map(server -> server.address()))
            .flatMap(all -> all)
            .map(address -> address.port());
    assertThat(ports(chosen)).containsAll(used.toList());
  }
}
