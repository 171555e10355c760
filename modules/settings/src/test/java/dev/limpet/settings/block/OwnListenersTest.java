package dev.limpet.settings.block;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.limpet.settings.SettingsReader;
import dev.limpet.settings.hocon.InvalidSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A server that is the node itself. */
class OwnListenersTest {

  @ParameterizedTest
  @CsvSource({
    "0.0.0.0:8080, 127.0.0.1:8080",
    "0.0.0.0:8080, 127.0.0.2:8080",
    "0.0.0.0:8080, localhost:8080",
    "[::]:8080, [::1]:8080",
    "127.0.0.1:8080, localhost:8080",
    "127.0.0.1:8080, 127.0.0.1:8080",
    "edge.example:8080, Edge.example:8080"
  })
  void isAMistake(String bind, String server) {
    assertThatThrownBy(() -> read(bind, server))
        .hasMessageContaining("limpet.upstreams.app.servers[0].address: ")
        .hasMessageContaining(" is where this node listens itself (listener \"http\")");
  }

  @Test
  void othersAreNone() {
    assertThatCode(
            () -> {
              read("0.0.0.0:8080", "127.0.0.1:8081");
              read("0.0.0.0:8080", "app.internal:8080");
              read("0.0.0.0:8080", "192.0.2.7:8080");
              read("127.0.0.1:8080", "127.0.0.2:8080");
            })
        .doesNotThrowAnyException();
  }

  private static void read(String bind, String server) throws InvalidSettings {
    SettingsReader.parse(
        """
        limpet {
          listeners = [ { name = http, bind = "%s" } ]
          upstreams.app.servers = [ { address = "%s" } ]
          hosts = [ { routes = [ { path = "/", upstream = app } ] } ]
        }
        """
            .formatted(bind, server),
        "test.conf");
  }
}
