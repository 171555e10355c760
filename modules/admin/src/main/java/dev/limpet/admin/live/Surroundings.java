package dev.limpet.admin.live;

import dev.limpet.cluster.ClusterNode;
import dev.limpet.cluster.sessions.SessionCounters;
import dev.limpet.model.changes.ChangeRegistry;
import dev.limpet.model.live.Figures;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.ClusterSnapshot;
import dev.limpet.model.state.Traffic;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A node as those see it who show its figures.
 *
 * @param name this one's
 * @param version of Limpet
 * @param figures what its data plane has counted and timed
 * @param readiness whether clients should be sent here
 * @param settings those that hold
 */
public record Surroundings(
    String name,
    String version,
    Supplier<Figures> figures,
    Supplier<Traffic> traffic,
    Supplier<ClusterSnapshot.Readiness> readiness,
    Supplier<Settings> settings,
    ChangeRegistry changes,
    ClusterNode cluster) {

  NodeReport.Facts facts() {
    ClusterSnapshot.Readiness ready = readiness.get();
    MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
    SessionCounters counters = cluster.sessions().counters();
    return new NodeReport.Facts(
        ready.ready(),
        ready.degraded(),
        ready.waitingFor(),
        version,
        ManagementFactory.getRuntimeMXBean().getUptime() / 1000.0,
        cpu(),
        heap.getUsed(),
        heap.getMax(),
        traffic.get().connections(),
        cluster.sessions().size(),
        counters.boundCount(),
        counters.movedCount(),
        cluster.snapshot().readiness().waitingFor().isEmpty(),
        counters.lagSeconds(),
        changes.trouble());
  }

  private static @Nullable Double cpu() {
    double load =
        ManagementFactory.getOperatingSystemMXBean()
                instanceof com.sun.management.OperatingSystemMXBean system
            ? system.getProcessCpuLoad()
            : -1;
    return load < 0 ? null : (Double) (Math.round(load * 1000) / 1000.0);
  }
}
