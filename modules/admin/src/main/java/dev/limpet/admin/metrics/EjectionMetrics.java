package dev.limpet.admin.metrics;

import dev.limpet.model.settings.ServerId;
import dev.limpet.model.state.ClusterSnapshot;
import dev.limpet.model.state.Ejection;
import dev.limpet.model.state.ServerState;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Counts the ejections of servers and their ends, of whichever node; on a thread of the cluster.
 */
final class EjectionMetrics implements Consumer<ClusterSnapshot> {

  private final MeterRegistry registry;
  private final Map<ServerId, Ejection> ejected = new HashMap<>();

  EjectionMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  @Override
  public synchronized void accept(ClusterSnapshot snapshot) {
    snapshot.servers().values().stream().flatMap(List::stream).forEach(this::compare);
  }

  private void compare(ServerState state) {
    ServerId server = state.server().id();
    Ejection now = state.ejection().orElse(null);
    Ejection before = now == null ? ejected.remove(server) : ejected.put(server, now);
    if (now != null && before == null) {
      count("limpet.ejections", "Times that a server was ejected", server, now);
    } else if (now == null && before != null) {
      count("limpet.ejections.ended", "Ejections of a server that are over", server, before);
    }
  }

  private void count(String name, String help, ServerId server, Ejection ejection) {
    Counter.builder(name)
        .description(help)
        .tag("server", server.value())
        .tag("cause", ejection.cause().name().toLowerCase(Locale.ROOT))
        .register(registry)
        .increment();
  }
}
