package dev.limpet.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.balancing.affinity.CookieCodec;
import dev.limpet.balancing.affinity.SessionCookie;
import dev.limpet.balancing.affinity.SessionKeys;
import dev.limpet.model.secret.KeyRing;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.Placement;
import dev.limpet.model.state.SessionKey;
import dev.limpet.settings.SettingsReader;
import dev.limpet.settings.hocon.InvalidSettings;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Ids as an operator copies them from a request. */
class SettingsSessionLookupTest {

  private static final KeyRing KEYS = new KeyRing(List.of(new byte[32]));

  private static SettingsSessionLookup lookup() throws InvalidSettings {
    Settings settings =
        SettingsReader.parse(
            """
            limpet {
              listeners = [ { name = http, bind = "127.0.0.1:0" } ]
              upstreams.app {
                servers = [ { address = "127.0.0.1:3001" } ]
                affinity { by = [ cookie, learn, route, header ], route.cookies = [ J ], header.name = X-User }
              }
              hosts = [ { routes = [ { path = "/", upstream = app } ] } ]
            }
            """,
            "test.conf");
    return new SettingsSessionLookup(() -> settings, () -> KEYS);
  }

  @Test
  void aCookieIsFoundAsTheClientSendsItWithOrWithoutQuotes() throws InvalidSettings {
    SessionKey learned = new SessionKeys("app", "learn", "connect.sid").of("content");
    assertThat(lookup().key("app", "learn", "", "content")).isEqualTo(learned);
    assertThat(lookup().key("app", "learn", "connect.sid", "\"content\"")).isEqualTo(learned);
    assertThat(lookup().key("app", "route", "", "\"1.n1\""))
        .isEqualTo(new SessionKeys("app", "route", "").of("1.n1"));
    SessionKey own = new SessionKey(1, 2);
    String value =
        new CookieCodec(KEYS, "app").encode(new SessionCookie(own, new Placement(3, 4), 5));
    assertThat(lookup().key("app", "cookie", "", value)).isEqualTo(own);
    assertThat(lookup().key("app", "cookie", "", '"' + value + '"')).isEqualTo(own);
  }

  @Test
  void quotesOfOtherIdsAreTheirOwn() throws InvalidSettings {
    assertThat(lookup().key("app", "header", "", "\"ada\""))
        .isEqualTo(new SessionKeys("app", "header", "x-user").of("\"ada\""));
  }
}
