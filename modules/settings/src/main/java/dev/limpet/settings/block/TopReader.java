package dev.limpet.settings.block;

import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.Admin;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.settings.route.VirtualHost;
import dev.limpet.settings.block.host.HostReader;
import dev.limpet.settings.hocon.Section;
import dev.limpet.settings.hocon.Values;
import dev.limpet.settings.overlay.Laid;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads {@code limpet { }}. */
public final class TopReader {

  private static final int MEGABYTE = 1 << 20;

  private final Section top;

  /** The owner of each address that is listened on. */
  private final Map<HostPort, String> bound = new HashMap<>();

  public TopReader(Section top) {
    this.top = top;
  }

  public Settings read() {
    Settings.Node node = node(top.section("node"));
    List<Settings.Listener> listeners = listeners();
    OwnListeners own = new OwnListeners(listeners);
    Map<String, Settings.Upstream> upstreams = new LinkedHashMap<>();
    top.named("upstreams", "upstream")
        .forEach((name, section) -> upstreams.put(name, UpstreamReader.read(name, section, own)));
    return new Settings(
        node,
        listeners,
        Collections.unmodifiableMap(upstreams),
        hosts(listeners, upstreams.keySet()),
        cluster(top.section("cluster")),
        RuntimeChangesReader.read(top.section("changes")),
        top.sectionUnlessOff("admin").map(this::admin),
        limits(top.section("limits")),
        log(top.section("log")),
        top.sectionIfSet("access-log").map(TopReader::accessLog),
        top.sectionUnlessOff("request-id").map(TracingReader::requestIds),
        top.sectionIfSet("tracing").map(TracingReader::read),
        DiscoveryReader.access(top.section("kubernetes")));
  }

  /**
   * Reads no more than changes may have touched.
   *
   * @param base what the file says by itself
   * @param laid these settings, whose values the section holds
   */
  public Settings readOver(Settings base, Laid laid) {
    OwnListeners own = new OwnListeners(base.listeners());
    Map<String, Settings.Upstream> upstreams = new LinkedHashMap<>(base.upstreams());
    top.named("upstreams", "upstream")
        .forEach(
            (name, section) -> {
              Map<ServerId, Laid.Aside> aside = laid.servers().get(name);
              Settings.Upstream upstream = upstreams.get(name);
              if (aside != null && upstream != null) {
                upstreams.put(name, UpstreamReader.readOver(upstream, section, aside, own));
              }
            });
    return new Settings(
        base.node(),
        base.listeners(),
        Collections.unmodifiableMap(upstreams),
        laid.routes() ? hosts(base.listeners(), upstreams.keySet()) : base.hosts(),
        base.cluster(),
        base.changes(),
        base.admin(),
        base.limits(),
        base.log(),
        base.accessLog(),
        base.requestId(),
        base.tracing(),
        base.kubernetes());
  }

  private List<VirtualHost> hosts(List<Settings.Listener> listeners, Set<String> upstreams) {
    return new HostReader(
            listeners.stream().map(Settings.Listener::name).distinct().toList(), upstreams)
        .read(top);
  }

  private static Settings.Node node(Section node) {
    int eventLoops = node.whole("event-loops", 0, 1024);
    String name = node.has("name") ? node.name("name") : hostName(node);
    return new Settings.Node(
        name,
        zone(node),
        eventLoops == 0 ? Runtime.getRuntime().availableProcessors() : eventLoops,
        node.duration("drain-delay", "0s", "1h"),
        node.duration("drain-timeout", "0s", "1h"),
        node.durationUnless("never", "ready-without-majority", "0s", "1d"),
        node.onOff("watch-settings"),
        node.folderUnlessOff("data", "data/" + name));
  }

  /** From the environment it may be empty: the machine has no such label. */
  private static String zone(Section node) {
    return node.has("zone") && !node.text("zone").isBlank() ? node.name("zone") : "";
  }

  private static String hostName(Section node) {
    String name;
    try {
      name = InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
    if (!Values.isName(name)) {
      node.reject(
          "name",
          "missing, and this machine's own name, \"%s\", is none for a node: use letters, digits,"
                  .formatted(name)
              + " \".\", \"_\" and \"-\"");
    }
    return name;
  }

  private List<Settings.Listener> listeners() {
    List<Settings.Listener> listeners = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (Section section : top.sections("listeners", "listener")) {
      String name = section.name("name");
      if (!name.isEmpty() && !names.add(name)) {
        section.reject("name", "duplicate listener \"" + name + "\"");
      }
      HostPort bind = section.address("bind", 0);
      claim(section, bind, "listener \"" + name + "\"");
      listeners.add(ListenerReader.read(name, bind, section));
    }
    if (top.none("listeners")) {
      top.reject(
          "listeners",
          "at least one listener is needed, such as"
              + " listeners = [ { name = http, bind = \"0.0.0.0:8080\" } ]");
    }
    return List.copyOf(listeners);
  }

  private Settings.Cluster cluster(Section cluster) {
    HostPort bind = cluster.address("bind", 0);
    claim(cluster, bind, "the cluster");
    return ClusterReader.read(bind, cluster);
  }

  private Admin admin(Section admin) {
    HostPort bind = admin.address("bind", 0);
    claim(admin, bind, "the admin API");
    return AdminReader.read(bind, admin);
  }

  /** Port 0 is free again each time; port 1 is the placeholder of an address that was wrong. */
  private void claim(Section section, HostPort bind, String owner) {
    String other = bind.port() <= 1 ? null : bound.putIfAbsent(bind, owner);
    if (other != null) {
      section.reject("bind", "\"" + bind + "\" is already taken by " + other);
    }
  }

  private static Settings.Limits limits(Section limits) {
    return new Settings.Limits(
        (int) limits.size("max-head-size", 256, MEGABYTE),
        (int) limits.size("max-header-size", 256, MEGABYTE),
        limits.whole("max-header-count", 1, 10_000),
        (int) limits.size("max-target-size", 64, MEGABYTE),
        limits.size("max-body-size", 0, Long.MAX_VALUE),
        limits.whole("max-streams", 1, 10_000),
        limits.size("max-memory", 0, Long.MAX_VALUE));
  }

  private static Settings.Log log(Section log) {
    Map<String, Boolean> formats = Map.of("json", true, "text", false);
    boolean json = log.get("format", false, value -> Values.choice(value, formats));
    return new Settings.Log(json, log.get("level", "", value -> Values.choice(value, levels())));
  }

  private static Settings.AccessLog accessLog(Section log) {
    return new Settings.AccessLog(
        log.has("file")
            ? log.get("file", Optional.empty(), value -> Optional.of(Values.path(value)))
            : Optional.empty(),
        log.choice("format", Settings.AccessLogFormat.class),
        log.get("sample", 1.0, value -> Values.share(value)));
  }

  private static Map<String, String> levels() {
    Map<String, String> levels = new LinkedHashMap<>();
    List.of("error", "warn", "info", "debug", "trace").forEach(level -> levels.put(level, level));
    return levels;
  }
}
