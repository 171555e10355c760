package dev.limpet.proxy.servers;

import dev.limpet.balancing.Backend;
import dev.limpet.model.settings.Server;
import dev.limpet.model.settings.ServerId;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** The one {@link Backend} of each server, so that its count of requests outlives snapshots. */
public final class BackendRegistry {

  private final Map<Server, Backend> backends = new ConcurrentHashMap<>();

  Backend get(Server server) {
    return backends.computeIfAbsent(server, Backend::new);
  }

  /** Forgets the other servers, but for those that have requests under way. */
  void keep(Set<Server> known) {
    backends.values().removeIf(b -> !known.contains(b.server()) && b.active() == 0);
  }

  /** To be called each second. */
  public void age() {
    backends.values().forEach(Backend::age);
  }

  public Map<ServerId, Integer> activeRequests() {
    return backends.values().stream()
        .collect(Collectors.toMap(Backend::id, Backend::active, Integer::sum));
  }

  /** Those at which requests are under way, or were within the last seconds. */
  public Set<ServerId> inUse() {
    return backends.values().stream()
        .filter(Backend::isInUse)
        .map(Backend::id)
        .collect(Collectors.toSet());
  }
}
