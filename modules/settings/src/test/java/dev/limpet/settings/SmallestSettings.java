package dev.limpet.settings;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.limpet.model.settings.Settings;
import dev.limpet.settings.hocon.InvalidSettings;

/** The smallest settings that are valid, for tests that add to them. */
final class SmallestSettings {

  static final String TEXT =
      """
      limpet {
        listeners = [ { name = http, bind = "0.0.0.0:8080" } ]
        upstreams { nodejs { servers = [ { address = "127.0.0.1:3001" } ] } }
        hosts = [ { routes = [ { path = "/", upstream = nodejs } ] } ]
      }
      """;

  private SmallestSettings() {}

  static Settings with(String more) throws InvalidSettings {
    return SettingsReader.parse(TEXT + more, "x.conf");
  }

  /** What is said of settings that cannot be used. */
  static String refusal(String text) {
    InvalidSettings invalid =
        catchThrowableOfType(InvalidSettings.class, () -> SettingsReader.parse(text, "x.conf"));
    return String.valueOf(invalid.getMessage());
  }
}
