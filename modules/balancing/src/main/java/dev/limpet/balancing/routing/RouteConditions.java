package dev.limpet.balancing.routing;

import dev.limpet.balancing.request.RequestFacts;
import dev.limpet.balancing.request.Target;
import dev.limpet.model.settings.route.Route;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Chooses among the routes of one path: the first in order whose conditions hold. */
final class RouteConditions {

  private RouteConditions() {}

  static @Nullable Route first(List<Route> routes, RequestFacts request) {
    for (int i = 0; i < routes.size(); i++) {
      Route route = routes.get(i);
      Route.Conditions conditions = route.conditions();
      if (conditions.isEmpty()
          || (takes(conditions, request.method()) && holds(conditions, request))) {
        return route;
      }
    }
    return null;
  }

  /** The methods with which a request that has no route would have one; sorted. */
  static Set<String> allowedMethods(List<Route> routes, RequestFacts request) {
    Set<String> allowed = new TreeSet<>();
    for (Route route : routes) {
      if (holds(route.conditions(), request)) {
        allowed.addAll(route.conditions().methods());
      }
    }
    return allowed;
  }

  private static boolean takes(Route.Conditions conditions, String method) {
    return conditions.methods().isEmpty() || conditions.methods().contains(method);
  }

  private static boolean holds(Route.Conditions conditions, RequestFacts request) {
    for (Route.Condition header : conditions.headers()) {
      if (!header.match().holds(request.header(header.name()))) {
        return false;
      }
    }
    for (Route.Condition parameter : conditions.query()) {
      if (!parameter.match().holds(Target.query(request.query(), parameter.name()))) {
        return false;
      }
    }
    return true;
  }
}
