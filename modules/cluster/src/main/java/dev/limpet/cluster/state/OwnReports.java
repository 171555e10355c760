package dev.limpet.cluster.state;

import dev.limpet.cluster.health.Verdict;
import dev.limpet.cluster.replicated.ReplicatedMaps;
import dev.limpet.cluster.sessions.ClusterClock;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.Ejection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tells the other nodes what this one knows, in the replicated maps under its own address. One
 * thread at a time.
 */
final class OwnReports {

  /** At the most one call for help a second and server, however many requests fail. */
  private static final long ALARM_NANOS = 1_000_000_000L;

  private final ReplicatedMaps<?> maps;
  private final String self;
  private final ClusterClock clock;
  private final Map<ServerId, Long> alarms = new HashMap<>();
  private @Nullable Declaration declared;

  /**
   * @param self this node's unique address
   */
  OwnReports(ReplicatedMaps<?> maps, String self, ClusterClock clock) {
    this.maps = maps;
    this.self = self;
    this.clock = clock;
  }

  /** Once each. */
  void declaration(Declaration own) {
    if (!own.equals(declared)) {
      declared = own;
      maps.put(StateMaps.DECLARATIONS, self, own);
    }
  }

  void verdict(ServerId server, Verdict verdict) {
    maps.putEverywhere(StateMaps.VERDICTS, key(server), verdict);
  }

  void forgetVerdict(ServerId server) {
    maps.remove(StateMaps.VERDICTS, key(server));
  }

  /**
   * Has the observers at other nodes look at a server, too.
   *
   * @return false where it did so a moment ago
   */
  boolean tryAlarm(ServerId server) {
    long now = System.nanoTime();
    alarms.values().removeIf(last -> now - last >= ALARM_NANOS);
    boolean isNew = alarms.putIfAbsent(server, now) == null;
    if (isNew) {
      maps.putEverywhere(StateMaps.ALARMS, key(server), clock.next());
    }
    return isNew;
  }

  void answered(Set<ServerId> servers) {
    long now = clock.next();
    for (ServerId server : servers) {
      maps.putEverywhere(StateMaps.ANSWERS, key(server), now);
    }
  }

  /**
   * @param lasting how many requests of this node last at each server
   */
  void load(Map<ServerId, Integer> lasting) {
    Map<String, Integer> load = new HashMap<>();
    lasting.forEach((server, requests) -> load.put(server.value(), requests));
    if (!load.equals(maps.get(StateMaps.LOADS).getOrDefault(self, Map.of()))) {
      maps.put(StateMaps.LOADS, self, load);
    }
  }

  /**
   * Ejects a server, as far as it gets new clients and not too many are ejected.
   *
   * @param detail in an operator's words
   */
  void eject(
      ServerId server, Ejection.Cause cause, String detail, ClusterView view, Settings settings) {
    view.upstreamOf(server)
        .map(settings.upstreams()::get)
        .filter(upstream -> upstream.passive().enabled())
        .flatMap(
            upstream ->
                Ejections.begin(
                    server,
                    cause,
                    detail,
                    view.snapshot().servers().getOrDefault(upstream.name(), List.of()),
                    Ejections.last(maps.get(StateMaps.EJECTIONS)),
                    upstream.passive(),
                    clock.millis()))
        .ifPresent(ejection -> ejection(server.value(), ejection));
  }

  /** Ends ejections where checks call the server suspect or dead. */
  void endOvertaken(ClusterView view) {
    Ejections.overtaken(maps.get(StateMaps.EJECTIONS), self, view::isUp, clock.millis())
        .forEach(this::ejection);
  }

  private void ejection(String server, Ejection ejection) {
    maps.putEverywhere(StateMaps.EJECTIONS, new ServerAtNode(server, self), ejection);
  }

  private ServerAtNode key(ServerId server) {
    return new ServerAtNode(server.value(), self);
  }
}
