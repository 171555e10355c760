package dev.limpet.admin.changes;

import akka.http.javadsl.model.StatusCodes;
import dev.limpet.admin.http.Problem;
import dev.limpet.model.changes.Overlay;
import dev.limpet.model.changes.SettingPath;
import dev.limpet.model.settings.Discovery;
import dev.limpet.model.settings.Server;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.ServerState;
import dev.limpet.model.words.Nearest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The servers that the file, the changes over it and discovery make.
 *
 * @param file the settings by the file alone
 * @param overlay the changes, made or about to be
 * @param live what the cluster knows of servers, by upstream
 * @param active requests and tunnels under way at each server, from this node
 */
record Site(
    Settings file,
    Overlay overlay,
    Map<String, List<ServerState>> live,
    Map<ServerId, Integer> active) {

  static final String PRESENT = "present";

  /** More near ones than these help nobody. */
  private static final int MOST_NAMED = 10;

  /** Where a server comes from. */
  enum Source {
    FILE,
    CHANGE,
    DNS,
    KUBERNETES,
    /** The settings of another node, which has not got this one's yet. */
    ELSEWHERE
  }

  /**
   * @param source where it comes from
   * @param listed as the file has it; null where it does not
   * @param live as the cluster knows it; null where it does not yet
   */
  record Found(
      String upstream,
      ServerId id,
      Source source,
      @Nullable Server listed,
      @Nullable ServerState live) {

    SettingPath path() {
      return pathOf(upstream, id);
    }
  }

  static SettingPath pathOf(String upstream, ServerId id) {
    return SettingPath.server(upstream, id.value().substring(upstream.length() + 1));
  }

  /**
   * @throws Problem where the file has no such upstream
   */
  Settings.Upstream upstream(String name) {
    Settings.Upstream upstream = file.upstreams().get(name);
    if (upstream == null) {
      throw new Problem(
          StatusCodes.NOT_FOUND,
          "there is no upstream \"%s\"%s".formatted(name, near(name, file.upstreams().keySet())));
    }
    return upstream;
  }

  /** An upstream's servers, ordered by their ids. */
  List<Found> servers(String upstreamName) {
    Settings.Upstream upstream = upstream(upstreamName);
    Map<ServerId, Found> found = new TreeMap<>();
    for (Server server : upstream.servers()) {
      find(upstream, server.id()).ifPresent(known -> found.put(server.id(), known));
    }
    for (SettingPath path : overlay.within(SettingPath.servers(upstreamName)).keySet()) {
      if (path.parts().size() == 5 && path.parts().getLast().equals(PRESENT)) {
        ServerId id = ServerId.of(upstreamName, path.parts().get(3));
        find(upstream, id).ifPresent(known -> found.put(id, known));
      }
    }
    for (ServerState state : live.getOrDefault(upstreamName, List.of())) {
      ServerId id = state.server().id();
      find(upstream, id).ifPresent(known -> found.put(id, known));
    }
    return List.copyOf(found.values());
  }

  /**
   * The server of this id, which may have the upstream before it.
   *
   * @throws Problem where there is none, which names those that may be meant
   */
  Found server(String upstreamName, String id) {
    Settings.Upstream upstream = upstream(upstreamName);
    return find(upstream, ServerId.of(upstreamName, id))
        .or(() -> find(upstream, ServerId.of(upstreamName, withoutUpstream(upstreamName, id))))
        .orElseThrow(
            () ->
                new Problem(
                    StatusCodes.NOT_FOUND,
                    "there is no server %s%s"
                        .formatted(
                            ServerId.of(upstreamName, withoutUpstream(upstreamName, id)),
                            near(
                                ServerId.of(upstreamName, withoutUpstream(upstreamName, id))
                                    .value(),
                                servers(upstreamName).stream()
                                    .map(found -> found.id().value())
                                    .toList()))));
  }

  static String withoutUpstream(String upstream, String id) {
    return id.startsWith(upstream + "/") ? id.substring(upstream.length() + 1) : id;
  }

  Optional<Found> find(Settings.Upstream upstream, ServerId id) {
    Server listed = null;
    for (Server server : upstream.servers()) {
      listed = server.id().equals(id) ? server : listed;
    }
    ServerState known = null;
    for (ServerState state : live.getOrDefault(upstream.name(), List.of())) {
      known = state.server().id().equals(id) ? state : known;
    }
    Source source = source(upstream, id, listed, known);
    return source == null
        ? Optional.empty()
        : Optional.of(new Found(upstream.name(), id, source, listed, known));
  }

  private @Nullable Source source(
      Settings.Upstream upstream,
      ServerId id,
      @Nullable Server listed,
      @Nullable ServerState known) {
    SettingPath path = pathOf(upstream.name(), id).child(PRESENT);
    String present = overlay.json(path);
    if (present != null && !present.equals("true")) {
      return null;
    }
    if (listed != null || present != null) {
      return listed != null ? Source.FILE : Source.CHANGE;
    }
    if (known == null) {
      return null;
    }
    if (upstream.discovery().isPresent()) {
      return switch (upstream.discovery().get()) {
        case Discovery.Dns _ -> Source.DNS;
        case Discovery.Kubernetes _ -> Source.KUBERNETES;
      };
    }
    // One that was added and removed again is known until all nodes have heard of it.
    return overlay.values().containsKey(path) ? null : Source.ELSEWHERE;
  }

  /** What may have been meant, or some of what there is. */
  static String near(String word, Collection<String> all) {
    Optional<String> nearest = Nearest.to(word, all);
    if (nearest.isPresent()) {
      return "; did you mean \"" + nearest.get() + "\"?";
    }
    List<String> some = new ArrayList<>(all.stream().sorted().limit(MOST_NAMED).toList());
    if (some.isEmpty()) {
      return "";
    }
    return "; there are " + String.join(", ", some) + (some.size() < all.size() ? ", …" : "");
  }
}
