package dev.limpet.transport;

import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.Settings;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Settings of a plain listener on the loopback address. */
final class TestListener {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private TestListener() {}

  static Settings.Listener at(int port, int maxConnections) {
    return at(port, maxConnections, 0);
  }

  static Settings.Listener at(int port, int maxConnections, int perAddress) {
    return at(new HostPort("127.0.0.1", port), maxConnections, perAddress);
  }

  static Settings.Listener at(HostPort bind, int maxConnections, int perAddress) {
    return new Settings.Listener(
        "test",
        bind,
        false,
        Optional.empty(),
        false,
        List.of(),
        Set.of(),
        maxConnections,
        perAddress,
        1,
        0,
        false,
        new Settings.ClientTimeouts(PATIENCE, PATIENCE, PATIENCE));
  }
}
