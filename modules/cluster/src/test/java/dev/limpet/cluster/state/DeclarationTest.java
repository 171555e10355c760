package dev.limpet.cluster.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.Server;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.settings.ServerOptions;
import dev.limpet.model.settings.ServerOptions.Backup;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DeclarationTest {

  @ParameterizedTest
  @EnumSource
  void aServerArrivesAtOtherNodesWithAllOfItsOptions(Backup backup) {
    Server server =
        new Server(
            ServerId.of("app", "a"),
            new HostPort("10.0.0.1", 3000),
            2,
            5,
            new ServerOptions(backup, true, Duration.ofSeconds(30), "az1"));
    Declaration declared =
        new Declaration(
            "n", 7, List.of("a:1"), List.of(Declaration.Declared.of("app", server, false)));
    assertThat(
            Declaration.CODEC.decode().apply(Declaration.CODEC.encode().apply(declared)).servers())
        .extracting(Declaration.Declared::server)
        .containsExactly(server);
  }

  @Test
  void whatAnOlderNodeDoesNotSayIsTheDefault() {
    Declaration old =
        Declaration.CODEC
            .decode()
            .apply(
                "{\"name\":\"n\",\"time\":7,\"servers\":[{\"upstream\":\"app\",\"id\":\"app/a\",\"hash\":5,"
                    + "\"host\":\"h\",\"port\":1,\"weight\":2,\"maxConnections\":0}]}");
    assertThat(old.servers().getFirst().server())
        .isEqualTo(new Server(new ServerId("app/a", 5), new HostPort("h", 1), 2, 0));
  }
}
