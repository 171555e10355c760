package dev.limpet.admin.metrics;

import dev.limpet.model.state.ClusterSnapshot;
import dev.limpet.model.state.Health;
import dev.limpet.model.state.ServerState;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** Counts each upstream's servers that are up, suspect and dead; on a thread of the cluster. */
final class HealthMetrics implements Consumer<ClusterSnapshot> {

  private final MultiGauge servers;

  HealthMetrics(MeterRegistry registry) {
    servers =
        MultiGauge.builder("limpet.servers")
            .description("Servers by the cluster's verdict about them")
            .register(registry);
  }

  @Override
  public synchronized void accept(ClusterSnapshot snapshot) {
    List<MultiGauge.Row<?>> rows = new ArrayList<>();
    snapshot.servers().forEach((upstream, states) -> count(upstream, states, rows));
    servers.register(rows, true);
  }

  private static void count(
      String upstream, List<ServerState> states, List<MultiGauge.Row<?>> rows) {
    for (Health health : Health.values()) {
      long count = states.stream().filter(state -> state.verdict() == health).count();
      Tags tags = Tags.of("upstream", upstream, "health", health.name().toLowerCase(Locale.ROOT));
      rows.add(MultiGauge.Row.of(tags, count));
    }
  }
}
