package dev.limpet.balancing.routing;

import dev.limpet.balancing.request.RequestFacts;
import dev.limpet.model.settings.route.Expression;
import dev.limpet.model.settings.route.Route;
import dev.limpet.model.settings.route.Route.PathMatch;
import dev.limpet.model.settings.route.VirtualHost;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the route of a request, by nginx's precedence. Hosts: the exact name, else the longest
 * wildcard, else {@code *}. Paths: the exact path, else the longest prefix, unless a regular
 * expression is found in the path and the prefix is not marked {@code ^~}. Of several routes for
 * the same path or expression, the first whose conditions hold is taken; where none is, no other
 * path is tried. Of two entries for the same host the first holds.
 *
 * <p>Immutable. See nginx's <a
 * href="https://nginx.org/en/docs/http/ngx_http_core_module.html#location">location</a> and <a
 * href="https://nginx.org/en/docs/http/server_names.html">server names</a>.
 */
public final class RouteTable {

  private final Map<String, Paths> exactHosts = new HashMap<>();
  private final List<WildcardHost> wildcardHosts = new ArrayList<>();
  private @Nullable Paths anyHost;

  private RouteTable() {}

  /** The routes that apply on one listener. */
  public static RouteTable of(List<VirtualHost> hosts, String listener) {
    RouteTable table = new RouteTable();
    for (VirtualHost host : hosts) {
      if (host.listeners().isEmpty() || host.listeners().contains(listener)) {
        Paths paths = new Paths(host.routes());
        host.names().forEach(name -> table.add(withoutPort(name), paths));
      }
    }
    table.wildcardHosts.sort(
        Comparator.comparingInt((WildcardHost host) -> host.suffix().length()).reversed());
    return table;
  }

  /**
   * @return null where no host matches, or the best one has no route for the request
   */
  public @Nullable Route match(RequestFacts request) {
    return match(request, request.path());
  }

  /** As {@link #match}, if the request's path were this one. */
  public @Nullable Route match(RequestFacts request, String path) {
    return RouteConditions.first(routes(request, path), request);
  }

  /** The methods with which a request that has no route would have one; sorted. */
  public Set<String> allowedMethods(RequestFacts request) {
    return RouteConditions.allowedMethods(routes(request, request.path()), request);
  }

  private List<Route> routes(RequestFacts request, String path) {
    Paths paths = paths(request.host());
    return paths == null ? List.of() : paths.match(path);
  }

  private void add(String name, Paths paths) {
    if (name.equals("*")) {
      anyHost = anyHost == null ? paths : anyHost;
    } else if (name.startsWith("*.")) {
      wildcardHosts.add(new WildcardHost(name.substring(1), paths));
    } else {
      exactHosts.putIfAbsent(name, paths);
    }
  }

  private @Nullable Paths paths(String host) {
    if (exactHosts.isEmpty() && wildcardHosts.isEmpty()) {
      return anyHost;
    }
    String name = withoutPort(host);
    Paths exact = exactHosts.get(name);
    if (exact != null) {
      return exact;
    }
    for (WildcardHost wildcard : wildcardHosts) {
      if (name.length() > wildcard.suffix().length() && name.endsWith(wildcard.suffix())) {
        return wildcard.paths();
      }
    }
    return anyHost;
  }

  /** Lower case, without port, brackets and the dot of a fully qualified name. */
  private static String withoutPort(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    int bracket = name.startsWith("[") ? name.indexOf(']') : -1;
    if (bracket > 0) {
      return name.substring(1, bracket);
    }
    int colon = name.indexOf(':');
    // More than one colon without brackets is a bare IPv6 address.
    int end = colon >= 0 && colon == name.lastIndexOf(':') ? colon : name.length();
    if (end > 0 && name.charAt(end - 1) == '.') {
      end--;
    }
    return name.substring(0, end);
  }

  private record WildcardHost(String suffix, Paths paths) {}

  /** One host's routes, those of the same path together and in order. */
  private static final class Paths {

    private final Map<String, List<Route>> exact = new HashMap<>();
    private final List<Prefixed> prefixes = new ArrayList<>();
    private final List<Expressed> expressions = new ArrayList<>();

    /** Whether exact paths and prefixes are kept, and sought, in lower case. */
    private final boolean anyCase;

    Paths(List<Route> routes) {
      anyCase = routes.stream().anyMatch(route -> route.spelling().anyCase());
      for (Route route : routes) {
        ofPath(route.path()).add(route);
      }
      prefixes.sort(
          Comparator.comparingInt((Prefixed entry) -> entry.prefix().length()).reversed());
    }

    private List<Route> ofPath(PathMatch path) {
      return switch (path) {
        case PathMatch.Exact match ->
            exact.computeIfAbsent(sought(match.path()), any -> new ArrayList<>());
        case PathMatch.Prefix match -> {
          for (Prefixed entry : prefixes) {
            if (entry.prefix().equals(sought(match.prefix()))) {
              yield entry.routes();
            }
          }
          Prefixed entry =
              new Prefixed(sought(match.prefix()), match.beforeRegex(), new ArrayList<>());
          prefixes.add(entry);
          yield entry.routes();
        }
        case PathMatch.Regex match -> {
          for (Expressed entry : expressions) {
            if (entry.expression().equals(match.expression())) {
              yield entry.routes();
            }
          }
          Expressed entry = new Expressed(match.expression(), new ArrayList<>());
          expressions.add(entry);
          yield entry.routes();
        }
      };
    }

    private String sought(String path) {
      return anyCase ? path.toLowerCase(Locale.ROOT) : path;
    }

    List<Route> match(String sent) {
      String path = sought(sent);
      List<Route> same = exact.get(path);
      if (same != null) {
        return same;
      }
      Prefixed longest = longestPrefix(path);
      if (longest == null || !longest.beforeRegex()) {
        for (Expressed entry : expressions) {
          if (entry.expression().isFoundIn(path)) {
            return entry.routes();
          }
        }
      }
      return longest == null ? List.of() : longest.routes();
    }

    private @Nullable Prefixed longestPrefix(String path) {
      for (Prefixed entry : prefixes) {
        if (path.startsWith(entry.prefix())) {
          return entry;
        }
      }
      return null;
    }

    private record Prefixed(String prefix, boolean beforeRegex, List<Route> routes) {}

    private record Expressed(Expression expression, List<Route> routes) {}
  }
}
