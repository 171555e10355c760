package dev.limpet.model.changes;

import java.util.ArrayList;
import java.util.List;

/**
 * The path of what changes may set: {@code upstreams, nodejs, servers, 10.0.0.5:3000, weight}.
 * Nodes hold paths that they do not know for the newer nodes that do.
 *
 * @param parts at least one
 */
public record SettingPath(List<String> parts) implements Comparable<SettingPath> {

  public SettingPath {
    parts = List.copyOf(parts);
    if (parts.isEmpty()) {
      throw new IllegalArgumentException("a path without parts");
    }
  }

  public static SettingPath of(String... parts) {
    return new SettingPath(List.of(parts));
  }

  /**
   * A server, whose fields are below.
   *
   * @param id without the upstream before it
   */
  public static SettingPath server(String upstream, String id) {
    return of("upstreams", upstream, "servers", id);
  }

  /** The servers of an upstream. */
  public static SettingPath servers(String upstream) {
    return of("upstreams", upstream, "servers");
  }

  /**
   * The weights of the upstreams that a route shares its clients between.
   *
   * @param route its name, or its path where it has none
   */
  public static SettingPath shares(String route) {
    return of("routes", route, "shares");
  }

  public SettingPath child(String part) {
    List<String> all = new ArrayList<>(parts);
    all.add(part);
    return new SettingPath(all);
  }

  /** Whether this is the other one, or below it. */
  public boolean isWithin(SettingPath other) {
    return parts.size() >= other.parts.size()
        && parts.subList(0, other.parts.size()).equals(other.parts);
  }

  @Override
  public int compareTo(SettingPath other) {
    for (int i = 0; i < parts.size() && i < other.parts.size(); i++) {
      int order = parts.get(i).compareTo(other.parts.get(i));
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(parts.size(), other.parts.size());
  }

  /** For people. */
  @Override
  public String toString() {
    return String.join(" / ", parts);
  }
}
