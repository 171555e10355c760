package dev.limpet.settings.block.host;

import com.typesafe.config.ConfigValue;
import dev.limpet.model.settings.route.VirtualHost;
import dev.limpet.model.words.Nearest;
import dev.limpet.settings.hocon.Section;
import dev.limpet.settings.hocon.Values;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads {@code limpet.hosts}, whose names and routes must fit the rest of the file. */
public final class HostReader {

  private static final Pattern HOST =
      Pattern.compile(
          "\\*|(\\*\\.)?[a-z0-9_]([a-z0-9_-]*)(\\.[a-z0-9_][a-z0-9_-]*)*|\\[[0-9a-f:.]+]");

  private final Collection<String> listeners;
  private final Collection<String> upstreams;

  /** {@code listener name} of every host so far. */
  private final Set<String> taken = new HashSet<>();

  /** Those that routes have been given. */
  private final Set<String> routeNames = new HashSet<>();

  public HostReader(Collection<String> listeners, Collection<String> upstreams) {
    this.listeners = listeners;
    this.upstreams = upstreams;
  }

  public List<VirtualHost> read(Section top) {
    if (top.none("hosts")) {
      String upstream = upstreams.stream().findFirst().orElse("nodejs");
      top.reject(
          "hosts",
          "at least one host is needed, such as hosts = [ { routes = [ { path = \"/\", upstream = "
              + upstream
              + " } ] } ]");
    }
    return top.sections("hosts", "host").stream().map(this::host).toList();
  }

  private VirtualHost host(Section host) {
    List<String> on = host.list("listeners", this::listener);
    Collection<String> answering = on.isEmpty() ? listeners : on;
    List<String> names = host.list("names", value -> name(value, answering));
    if (host.none("names")) {
      host.reject("names", "at least one name is needed; \"*\" stands for every host");
    }
    List<Section> routes = host.sections("routes", "route");
    if (host.none("routes")) {
      host.reject(
          "routes",
          "at least one route is needed, such as routes = [ { path = \"/\", upstream = nodejs } ]");
    }
    RouteReader reader = new RouteReader(upstreams, host, routeNames);
    routes.forEach(reader::read);
    return new VirtualHost(List.copyOf(names), List.copyOf(on), reader.routes());
  }

  private String listener(ConfigValue value) {
    String name = Values.text(value);
    if (!listeners.contains(name)) {
      throw new IllegalArgumentException(
          "there is no listener \"" + name + "\"" + Nearest.hint(name, listeners, "there are"));
    }
    return name;
  }

  /** A name that stands for one host, or {@code *}. */
  public static String plain(ConfigValue value) {
    String name = Values.text(value).toLowerCase(Locale.ROOT);
    if (!HOST.matcher(name).matches() || name.startsWith("*.")) {
      throw Values.expected("a host name without a port, or \"*\"", value);
    }
    return name;
  }

  private String name(ConfigValue value, Collection<String> answering) {
    String name = Values.text(value).toLowerCase(Locale.ROOT);
    if (!HOST.matcher(name).matches()) {
      throw Values.expected(
          "a host name without a port, a wildcard such as \"*.example.com\", or \"*\"", value);
    }
    for (String listener : answering) {
      if (!taken.add(listener + " " + name)) {
        throw new IllegalArgumentException(
            "duplicate host \"" + name + "\" on listener \"" + listener + "\"");
      }
    }
    return name;
  }
}
