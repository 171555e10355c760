package dev.limpet.settings.block.host;

import dev.limpet.model.settings.route.Action;
import dev.limpet.model.settings.route.Route;
import dev.limpet.model.settings.route.Route.HeaderOperation;
import dev.limpet.model.settings.route.Route.PathMatch;
import dev.limpet.settings.hocon.Section;
import dev.limpet.settings.overlay.RouteName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads the routes of one host, in order. */
final class RouteReader {

  private static final PathMatch NO_PATH = new PathMatch.Exact("");

  /** The routes so far of one path. */
  private record Taken(PathMatch path, Set<Route.Conditions> conditions) {}

  private final Collection<String> upstreams;
  private final Set<String> names;
  private final List<HeaderOperation> requestHeaders;
  private final List<HeaderOperation> responseHeaders;
  private final Map<String, Taken> taken = new HashMap<>();
  private final boolean anyCase;
  private final Optional<PathForwarding> ofHost;
  private final CompressionReader compression;
  private final List<Route> read = new ArrayList<>();

  /** The indexes of routes whose own settings do not say how their path goes on. */
  private final Set<Integer> undecided = new HashSet<>();

  /** The treatment of the client's spelling of a path. */
  private enum PathForwarding {
    AS_SENT,
    NORMALIZED
  }

  /**
   * @param host whose changes of headers its routes inherit
   * @param names those of routes so far, of all hosts
   */
  RouteReader(Collection<String> upstreams, Section host, Set<String> names) {
    this.upstreams = upstreams;
    this.names = names;
    List<String> placeholders = Placeholders.all(NO_PATH);
    this.requestHeaders = HeaderOperationReader.request(host, placeholders);
    this.responseHeaders = HeaderOperationReader.response(host, placeholders);
    this.anyCase = host.onOff("case-insensitive");
    this.ofHost = forwarding(host);
    this.compression = CompressionReader.ofHost(host);
  }

  private static Optional<PathForwarding> forwarding(Section section) {
    return section.has("path-forwarding")
        ? Optional.of(section.choice("path-forwarding", PathForwarding.class))
        : Optional.empty();
  }

  /**
   * The routes that have been read. Where one of them does more than to send a prefix on, a path
   * must not be one for it and another for the server.
   */
  List<Route> routes() {
    boolean guards = !read.stream().allMatch(RouteReader::onlyForwards);
    List<Route> all = new ArrayList<>();
    for (int i = 0; i < read.size(); i++) {
      Route route = read.get(i);
      all.add(
          undecided.contains(i)
              ? new Route(
                  route.name(),
                  route.path(),
                  route.conditions(),
                  route.action(),
                  route.requestHeaders(),
                  route.responseHeaders(),
                  new Route.Spelling(guards, anyCase),
                  route.compression())
              : route);
    }
    return List.copyOf(all);
  }

  private static boolean onlyForwards(Route route) {
    return route.path() instanceof PathMatch.Prefix
        && route.conditions().isEmpty()
        && route.action() instanceof Action.Forward forward
        && forward.rewrite().isEmpty();
  }

  void read(Section route) {
    PathMatch path = route.get("path", NO_PATH, value -> PathReader.read(value, anyCase));
    Route.Conditions conditions = ConditionReader.read(route);
    if (!path.equals(NO_PATH)) {
      claim(route, path, conditions);
    }
    List<String> placeholders = Placeholders.all(path);
    Optional<PathForwarding> own = forwarding(route).or(() -> ofHost);
    if (own.isEmpty()) {
      undecided.add(read.size());
    }
    read.add(
        new Route(
            name(route, path),
            path,
            conditions,
            new ActionReader(upstreams, path).read(route),
            joined(requestHeaders, HeaderOperationReader.request(route, placeholders)),
            joined(responseHeaders, HeaderOperationReader.response(route, placeholders)),
            new Route.Spelling(own.equals(Optional.of(PathForwarding.NORMALIZED)), anyCase),
            compression.of(route)));
  }

  private String name(Section route, PathMatch path) {
    if (!route.has("name")) {
      return path.equals(NO_PATH) ? "" : RouteName.ofPath(route.text("path"));
    }
    String name = route.name("name");
    if (!name.isEmpty() && !names.add(name)) {
      route.reject("name", "duplicate route \"" + name + "\"");
    }
    return name;
  }

  private static List<HeaderOperation> joined(
      List<HeaderOperation> first, List<HeaderOperation> then) {
    List<HeaderOperation> all = new ArrayList<>(first);
    all.addAll(then);
    return List.copyOf(all);
  }

  private void claim(Section route, PathMatch path, Route.Conditions conditions) {
    Taken before =
        taken.computeIfAbsent(key(path, anyCase), any -> new Taken(path, new HashSet<>()));
    if (before.conditions().contains(Route.Conditions.NONE)
        || !before.conditions().add(conditions)) {
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

  private static String key(PathMatch path, boolean anyCase) {
    return switch (path) {
      case PathMatch.Exact exact -> "= " + cased(exact.path(), anyCase);
      case PathMatch.Prefix prefix -> cased(prefix.prefix(), anyCase);
      case PathMatch.Regex regex -> regex.written();
    };
  }

  private static String cased(String path, boolean anyCase) {
    return anyCase ? path.toLowerCase(Locale.ROOT) : path;
  }
}
