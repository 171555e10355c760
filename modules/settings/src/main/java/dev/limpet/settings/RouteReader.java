package dev.limpet.settings;

import dev.limpet.model.HeaderOperation;
import dev.limpet.model.Route;
import dev.limpet.model.Route.PathMatch;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads the routes of one host, in order. */
final class RouteReader {

  private static final PathMatch NO_PATH = new PathMatch.Exact("");

  /** The routes so far of one path. */
  private record Taken(PathMatch path, Set<Route.Conditions> conditions) {}

  private final Collection<String> upstreams;
  private final List<HeaderOperation> requestHeaders;
  private final List<HeaderOperation> responseHeaders;
  private final Map<String, Taken> taken = new HashMap<>();

  /**
   * @param host whose changes of headers its routes inherit
   */
  RouteReader(Collection<String> upstreams, Section host) {
    this.upstreams = upstreams;
    List<String> placeholders = Placeholders.all(NO_PATH);
    this.requestHeaders = HeaderOperationReader.request(host, placeholders);
    this.responseHeaders = HeaderOperationReader.response(host, placeholders);
  }

  Route read(Section route) {
    PathMatch path = route.get("path", NO_PATH, PathReader::read);
    Route.Conditions conditions = ConditionReader.read(route);
    if (!path.equals(NO_PATH)) {
      claim(route, path, conditions);
    }
    List<String> placeholders = Placeholders.all(path);
    return new Route(
        path,
        conditions,
        new ActionReader(upstreams, path).read(route),
        joined(requestHeaders, HeaderOperationReader.request(route, placeholders)),
        joined(responseHeaders, HeaderOperationReader.response(route, placeholders)));
  }

  private static List<HeaderOperation> joined(
      List<HeaderOperation> first, List<HeaderOperation> then) {
    List<HeaderOperation> all = new ArrayList<>(first);
    all.addAll(then);
    return List.copyOf(all);
  }

  private void claim(Section route, PathMatch path, Route.Conditions conditions) {
    Taken before = taken.computeIfAbsent(key(path), any -> new Taken(path, new HashSet<>()));
    if (before.conditions().contains(Route.Conditions.NONE) || !before.conditions().add(conditions)) {
      route.reject(
          "path",
          "duplicate path \""
              + route.text("path")
              + "\" in this host: a route before this one takes its requests");
    } else if (path instanceof PathMatch.Prefix && !path.equals(before.path())) {
      route.reject(
          "path", "\"" + route.text("path") + "\": mark all routes of a path with ^~, or none");
    }
  }

  private static String key(PathMatch path) {
    return switch (path) {
      case PathMatch.Exact exact -> "= " + exact.path();
      case PathMatch.Prefix prefix -> prefix.prefix();
      case PathMatch.Regex regex ->
          "~ " + regex.pattern().flags() + " " + regex.pattern().pattern();
    };
  }
}
