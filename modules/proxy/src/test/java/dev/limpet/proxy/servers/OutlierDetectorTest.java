package dev.limpet.proxy.servers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.balancing.Backend;
import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.PassiveChecks;
import dev.limpet.model.settings.Server;
import dev.limpet.model.settings.ServerId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OutlierDetectorTest {

  @Test
  void differencesThatNobodyFeelsDoNotMakeAServerSlow() {
    Duration window = Duration.ofSeconds(10);
    PassiveChecks checks = new PassiveChecks(true, 3, 0, 0, 1.1, window, 5, window, window, 0.5);
    List<Backend> found = new ArrayList<>();
    OutlierDetector detector =
        new OutlierDetector(checks, (backend, cause, detail) -> found.add(backend));
    Backend fast = backend("fast");
    Backend slower = backend("slower");
    for (int i = 0; i < 5; i++) {
      detector.of(fast).answeredAfter(1_000_000);
      detector.of(slower).answeredAfter(5_900_000);
    }
    detector.tick();
    assertThat(found).isEmpty();
    for (int i = 0; i < 5; i++) {
      detector.of(fast).answeredAfter(1_000_000);
      detector.of(slower).answeredAfter(6_300_000);
    }
    detector.tick();
    assertThat(found).as("above 5 ms on the average").containsExactly(slower);
  }

  private static Backend backend(String name) {
    return new Backend(new Server(ServerId.of("app", name), new HostPort("127.0.0.1", 1), 1, 0));
  }
}
