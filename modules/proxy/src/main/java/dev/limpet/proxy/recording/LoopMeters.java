package dev.limpet.proxy.recording;

import dev.limpet.balancing.Backend;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.settings.route.Route;
import dev.limpet.transport.meter.Counter;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The meters that one loop writes. Any thread may read them, and have them forgotten. */
final class LoopMeters {

  final Counter requests = new Counter();
  final Map<RouteMeter.Key, RouteMeter> routes = new ConcurrentHashMap<>();
  final Map<String, UpstreamMeter> upstreams = new ConcurrentHashMap<>();
  final Map<ServerMeter.Key, ServerMeter> servers = new ConcurrentHashMap<>();

  /*
   * The way to them that hashes no names. The loop's own. A route or server that is no more is
   * another object in the next settings, so these are emptied when they hold many of that kind.
   */
  private final IdentityHashMap<Route, RouteMeter> byRoute = new IdentityHashMap<>();
  private final IdentityHashMap<Backend, ServerMeter> byBackend = new IdentityHashMap<>();

  RouteMeter route(@Nullable Route route, String listener, String upstream) {
    if (route == null) {
      return routes.computeIfAbsent(new RouteMeter.Key(listener, "", upstream), RouteMeter::new);
    }
    RouteMeter known = byRoute.get(route);
    if (known == null || !known.isFor(listener, upstream)) {
      known =
          routes.computeIfAbsent(
              new RouteMeter.Key(listener, route.name(), upstream), RouteMeter::new);
      if (byRoute.size() > 2 * routes.size() + 16) {
        byRoute.clear();
      }
      byRoute.put(route, known);
    }
    return known;
  }

  UpstreamMeter upstream(String name) {
    UpstreamMeter known = upstreams.get(name);
    return known == null ? upstreams.computeIfAbsent(name, any -> new UpstreamMeter()) : known;
  }

  ServerMeter server(String upstream, Backend backend) {
    ServerMeter known = byBackend.get(backend);
    if (known == null) {
      known =
          servers.computeIfAbsent(
              new ServerMeter.Key(upstream, backend.id()), any -> new ServerMeter());
      if (byBackend.size() > 2 * servers.size() + 16) {
        byBackend.clear();
      }
      byBackend.put(backend, known);
    }
    return known;
  }

  /** Forgets all but these; what is under way there is counted nowhere. */
  void keep(Set<RouteMeter.Key> routesKept, Set<String> upstreamsKept) {
    routes.keySet().removeIf(key -> !key.route().isEmpty() && !routesKept.contains(key));
    upstreams.keySet().retainAll(upstreamsKept);
  }

  void keepServers(Set<ServerId> known) {
    servers.keySet().removeIf(key -> !known.contains(key.server()));
  }
}
