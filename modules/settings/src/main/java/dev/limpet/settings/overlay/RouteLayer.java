package dev.limpet.settings.overlay;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import dev.limpet.settings.hocon.Problems;
import dev.limpet.settings.overlay.Laid.WithoutEffect;
import dev.limpet.settings.overlay.Sorted.Given;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** Lays changed shares over the upstreams of a file's routes. */
final class RouteLayer {

  private static final String UPSTREAM = "upstream";

  private final Map<String, Given> changed;
  private final Problems problems;
  private final List<WithoutEffect> withoutEffect;
  private final Map<String, Integer> named = new HashMap<>();

  /**
   * @param changed by the routes' names
   */
  RouteLayer(Map<String, Given> changed, Problems problems, List<WithoutEffect> withoutEffect) {
    this.changed = changed;
    this.problems = problems;
    this.withoutEffect = withoutEffect;
  }

  ConfigObject over(ConfigObject limpet) {
    if (changed.isEmpty()) {
      return limpet;
    }
    eachRoute(
        limpet,
        route -> {
          named.merge(RouteName.of(route), 1, Integer::sum);
          return route;
        });
    changed.forEach(
        (name, given) -> {
          int routes = named.getOrDefault(name, 0);
          if (routes != 1) {
            withoutEffect.add(
                new WithoutEffect(
                    given.path(),
                    given.value().change(),
                    routes == 0
                        ? "there is no such route in the settings"
                        : routes + " routes have this path; give the one that is meant a name"));
          }
        });
    return eachRoute(
        limpet,
        route -> {
          String name = RouteName.of(route);
          Given given = changed.get(name);
          return given == null || named.getOrDefault(name, 0) != 1 ? route : over(route, given);
        });
  }

  private static ConfigObject eachRoute(ConfigObject limpet, UnaryOperator<ConfigObject> made) {
    return each(limpet, "hosts", host -> each(host, "routes", made));
  }

  /** The section with other ones in one of its lists. */
  private static ConfigObject each(
      ConfigObject section, String key, UnaryOperator<ConfigObject> made) {
    ConfigValue value = section.get(key);
    if (value instanceof ConfigObject only) {
      return section.withValue(key, made.apply(only));
    }
    if (!(value instanceof ConfigList list)) {
      return section;
    }
    List<ConfigValue> elements = new ArrayList<>();
    for (ConfigValue element : list) {
      elements.add(element instanceof ConfigObject object ? made.apply(object) : element);
    }
    return section.withValue(
        key, ConfigValueFactory.fromIterable(elements).withOrigin(list.origin()));
  }

  private ConfigObject over(ConfigObject route, Given given) {
    ConfigValue shares = given.read();
    if (!(shares instanceof ConfigObject weights) || !route.containsKey(UPSTREAM)) {
      problems.add(
          given.origin(),
          "limpet." + given.path(),
          shares instanceof ConfigObject
              ? "the route sends nothing to an upstream"
              : "expected weights by upstream, such as {\"nodejs\": 90, \"canary\": 10}");
      return route;
    }
    Map<String, ConfigValue> all = new LinkedHashMap<>();
    // Who leaves the list would leave his clients to the others; so those of the file stay in it.
    inFile(route).forEach(name -> all.put(name, ConfigValueFactory.fromAnyRef(0)));
    new TreeMap<>(weights).forEach(all::put);
    ConfigOrigin origin = given.origin();
    List<ConfigValue> list = new ArrayList<>();
    all.forEach(
        (name, weight) ->
            list.add(
                ConfigFactory.empty()
                    .root()
                    .withOrigin(origin)
                    .withValue("name", ConfigValueFactory.fromAnyRef(name).withOrigin(origin))
                    .withValue("weight", weight.withOrigin(origin))));
    return route.withValue(UPSTREAM, ConfigValueFactory.fromIterable(list).withOrigin(origin));
  }

  private static List<String> inFile(ConfigObject route) {
    List<String> names = new ArrayList<>();
    for (ConfigValue share : Hocon.elements(route.get(UPSTREAM))) {
      String name =
          share instanceof ConfigObject section ? Hocon.text(section, "name") : Hocon.text(share);
      if (name != null) {
        names.add(name);
      }
    }
    return names;
  }
}
