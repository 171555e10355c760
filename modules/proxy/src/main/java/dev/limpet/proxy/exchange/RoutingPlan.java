package dev.limpet.proxy.exchange;

import akka.http.javadsl.model.HttpHeader;
import dev.limpet.balancing.routing.RouteTable;
import dev.limpet.model.settings.Settings;
import dev.limpet.proxy.message.Responses;
import dev.limpet.proxy.servers.Upstream;
import dev.limpet.proxy.tracing.MarkRules;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The routes and upstreams of a node at one moment. A request keeps to the plan that it began with,
 * whatever is loaded meanwhile.
 *
 * @param routes by listener; those included that are no more, for the connections that they left
 * @param strictTransport by listener, where it has such a header
 * @param maxBodySize in bytes
 */
public record RoutingPlan(
    Map<String, RouteTable> routes,
    Map<String, HttpHeader> strictTransport,
    Map<String, Upstream> upstreams,
    MarkRules marks,
    long maxBodySize) {

  static final RoutingPlan EMPTY = new RoutingPlan(Map.of(), Map.of(), Map.of(), MarkRules.NONE, 0);

  /** The plan that follows this one. */
  public RoutingPlan next(Settings settings, Map<String, Upstream> upstreams) {
    Set<String> names = new HashSet<>(routes.keySet());
    Map<String, HttpHeader> headers = new HashMap<>();
    for (Settings.Listener listener : settings.listeners()) {
      names.add(listener.name());
      HttpHeader header = Responses.strictTransport(listener);
      if (header != null) {
        headers.put(listener.name(), header);
      }
    }
    Map<String, RouteTable> tables = new HashMap<>();
    names.forEach(name -> tables.put(name, RouteTable.of(settings.hosts(), name)));
    long limit = settings.limits().maxBodySize();
    return new RoutingPlan(
        Map.copyOf(tables),
        Map.copyOf(headers),
        Map.copyOf(upstreams),
        MarkRules.of(settings),
        limit == 0 ? Long.MAX_VALUE : limit);
  }

  RouteTable routes(String listener) {
    return Objects.requireNonNull(routes.get(listener), listener);
  }

  /** Null where the listener has no such header. */
  @Nullable HttpHeader strictTransport(String listener) {
    return strictTransport.get(listener);
  }

  Upstream upstream(String name) {
    return Objects.requireNonNull(upstreams.get(name), name);
  }
}
