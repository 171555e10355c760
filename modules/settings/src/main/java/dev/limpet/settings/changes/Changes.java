package dev.limpet.settings.changes;

import dev.limpet.model.secret.KeyRing;
import dev.limpet.model.secret.Secret;
import dev.limpet.model.secret.TokenHash;
import dev.limpet.model.settings.Admin;
import dev.limpet.model.settings.AdminState;
import dev.limpet.model.settings.Balancing;
import dev.limpet.model.settings.Discovery;
import dev.limpet.model.settings.HealthCheck;
import dev.limpet.model.settings.HealthChecks;
import dev.limpet.model.settings.ResponseMatch;
import dev.limpet.model.settings.Server;
import dev.limpet.model.settings.ServerChange;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.settings.TextMatch;
import dev.limpet.model.settings.route.Route;
import dev.limpet.model.settings.route.VirtualHost;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The differences between two settings, in the words of {@code reference.conf}: {@code
 * upstreams.nodejs.health.interval: 5s -> 2s}. The records' components are called as the keys are.
 */
public final class Changes {

  private final List<String> lines = new ArrayList<>();

  private Changes() {}

  /** One line for each difference, in the order of the keys. */
  public static List<String> between(Settings before, Settings after) {
    Changes changes = new Changes();
    changes.compare("", before, after);
    return List.copyOf(changes.lines);
  }

  /** The new settings, save for what takes a restart, which stays as it was. */
  public static Settings applicable(Settings before, Settings after) {
    Settings.Node node = before.node();
    Settings.Limits limits = before.limits();
    return new Settings(
        new Settings.Node(
            node.name(),
            node.zone(),
            node.eventLoops(),
            after.node().drainDelay(),
            after.node().drainTimeout(),
            after.node().readyWithoutMajority(),
            after.node().watchSettings(),
            node.data()),
        after.listeners(),
        after.upstreams(),
        after.hosts(),
        new Settings.Cluster(
            before.cluster().name(),
            before.cluster().bind(),
            before.cluster().address(),
            before.cluster().peers(),
            before.cluster().discovery(),
            before.cluster().voters(),
            before.cluster().voterTimeout(),
            before.cluster().expect(),
            before.cluster().joinTimeout(),
            before.cluster().maxSessions(),
            before.cluster().tls(),
            before.cluster().insecure(),
            after.cluster().cookieKeys()),
        before.changes(),
        admin(before.admin(), after.admin()),
        new Settings.Limits(
            limits.maxHeadSize(),
            limits.maxHeaderSize(),
            limits.maxHeaderCount(),
            limits.maxTargetSize(),
            after.limits().maxBodySize(),
            limits.maxStreams(),
            limits.maxMemory()),
        after.log(),
        before.accessLog(),
        after.requestId(),
        after.tracing(),
        before.kubernetes());
  }

  /**
   * All or nothing of it: who may be let in without a token is a matter of where the listener is.
   */
  private static Optional<Admin> admin(Optional<Admin> before, Optional<Admin> after) {
    boolean isSameListener =
        before.isPresent()
            && after.isPresent()
            && before.get().bind().equals(after.get().bind())
            && before.get().tls().isPresent() == after.get().tls().isPresent();
    return isSameListener ? after : before;
  }

  private void compare(String path, @Nullable Object before, @Nullable Object after) {
    if (Objects.equals(before, after)) {
      return;
    }
    if (before instanceof Route || after instanceof Route) {
      compareRoutes(path, (Route) before, (Route) after);
    } else if (before == null || after == null) {
      lines.add(path + (before == null ? ": added" : ": removed"));
    } else if (before instanceof Optional<?> one && after instanceof Optional<?> other) {
      compare(path, one.orElse(null), other.orElse(null));
    } else if (before instanceof Map<?, ?> one && after instanceof Map<?, ?> other) {
      compareAll(path + ".", one, other, "");
    } else if (before instanceof List<?> one && after instanceof List<?> other) {
      Map<String, Object> old = named(one);
      Map<String, Object> now = named(other);
      compareAll(path + "[", old, now, "]");
      if (!one.isEmpty() && one.getFirst() instanceof Route) {
        tellOrder(path, old, now);
      }
    } else if (before instanceof Balancing one && after instanceof Balancing other) {
      // Its parts are keys of the upstream.
      String upstream = path.substring(0, path.lastIndexOf('.') + 1);
      compare(upstream + "balance", one.method(), other.method());
      compare(upstream + "panic-threshold", one.panicThreshold(), other.panicThreshold());
    } else if (before instanceof HealthChecks one
        && after instanceof HealthChecks other
        && one.checks().size() == 1
        && other.checks().size() == 1) {
      compare(path, one.checks().getFirst(), other.checks().getFirst());
      compare(path + ".observers", one.observers(), other.observers());
      compare(path + ".initial", one.initial(), other.initial());
    } else if (before instanceof Discovery && before.getClass() == after.getClass()) {
      compareComponents(path + "." + Written.word(before), before, after);
    } else if (before instanceof KeyRing) {
      lines.add(path + ": other keys");
    } else if (before instanceof Secret) {
      lines.add(path + ": another secret");
    } else if (before instanceof TokenHash) {
      lines.add(path + ": another token");
    } else if (before instanceof Record
        && before.getClass() == after.getClass()
        && !isOneValue(before)) {
      compareComponents(path, before, after);
    } else if (before instanceof HealthCheck.Kind) {
      lines.add(path + ".type: " + Written.of(before) + " -> " + Written.of(after));
    } else if (!Written.of(before).equals(Written.of(after))) {
      lines.add(path + ": " + Written.of(before) + " -> " + Written.of(after));
    }
  }

  /** Routes are known by their paths; what one does comes before what it will do. */
  private void compareRoutes(String path, @Nullable Route before, @Nullable Route after) {
    if (before == null || after == null) {
      Route only = before == null ? Objects.requireNonNull(after) : before;
      lines.add(path + (before == null ? ": added: " : ": removed: ") + Written.of(only.action()));
      return;
    }
    compareText(path, before.action(), after.action());
    compareText(path + ".headers", before.conditions().headers(), after.conditions().headers());
    compareText(path + ".query", before.conditions().query(), after.conditions().query());
    compareText(path + ".request-headers", before.requestHeaders(), after.requestHeaders());
    compareText(path + ".response-headers", before.responseHeaders(), after.responseHeaders());
    compareText(
        path + ".path-forwarding", forwarding(before.spelling()), forwarding(after.spelling()));
    compareText(path + ".compression", compression(before), compression(after));
    compareText(
        path + ".case-insensitive", before.spelling().anyCase(), after.spelling().anyCase());
  }

  private static String compression(Route route) {
    return route
        .compression()
        .map(
            on ->
                "%s, %s, from %d bytes"
                    .formatted(
                        Written.of(on.encodings()),
                        Written.of(new TreeSet<>(on.types())),
                        on.minSize()))
        .orElse("off");
  }

  private static String forwarding(Route.Spelling spelling) {
    return spelling.normalized() ? "normalized" : "as-sent";
  }

  private void compareText(String path, Object before, Object after) {
    String old = Written.of(before);
    String now = Written.of(after);
    if (!old.equals(now)) {
      lines.add(path + ": " + old + " -> " + now);
    }
  }

  /** Tells of another order of what is in both. */
  private void tellOrder(String path, Map<String, Object> before, Map<String, Object> after) {
    List<String> old = before.keySet().stream().filter(after::containsKey).toList();
    List<String> now = after.keySet().stream().filter(before::containsKey).toList();
    if (!old.equals(now)) {
      lines.add(
          path + ": in another order: " + String.join(", ", old) + " -> " + String.join(", ", now));
    }
  }

  private static boolean isOneValue(Object value) {
    return value instanceof ServerId
        || value instanceof ResponseMatch.Status
        || value instanceof ResponseMatch.Header
        || value instanceof TextMatch;
  }

  private void compareAll(String prefix, Map<?, ?> before, Map<?, ?> after, String suffix) {
    Set<Object> keys = new LinkedHashSet<>(before.keySet());
    keys.addAll(after.keySet());
    keys.forEach(key -> compare(prefix + key + suffix, before.get(key), after.get(key)));
  }

  private void compareComponents(String path, Object before, Object after) {
    for (RecordComponent component : before.getClass().getRecordComponents()) {
      String key = Written.key(component.getName());
      // What goes with a check's kind stands beside its other keys.
      boolean inline = component.getType() == HealthCheck.Kind.class;
      try {
        if (before instanceof Settings.Upstream one && key.equals("changed")) {
          compareChanged(path, one.changed(), ((Settings.Upstream) after).changed());
          continue;
        }
        compare(
            path.isEmpty() ? key : inline ? path : path + "." + key,
            component.getAccessor().invoke(before),
            component.getAccessor().invoke(after));
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("settings are public records", e);
      }
    }
  }

  private void compareChanged(
      String path, Map<ServerId, ServerChange> before, Map<ServerId, ServerChange> after) {
    Set<ServerId> servers = new TreeSet<>(before.keySet());
    servers.addAll(after.keySet());
    for (ServerId server : servers) {
      ServerChange one = before.getOrDefault(server, ServerChange.NONE);
      ServerChange other = after.getOrDefault(server, ServerChange.NONE);
      String place = "%s.servers[%s]".formatted(path, server);
      compareText(place + ".state", state(one), state(other));
      compareText(place + ".weight", one.patch().weight(), other.patch().weight());
      compareText(
          place + ".max-connections", one.patch().maxConnections(), other.patch().maxConnections());
      compareText(place + ".backup", one.patch().backup(), other.patch().backup());
      compareText(place + ".slow-start", one.patch().slowStart(), other.patch().slowStart());
      compareText(place + ".zone", one.patch().zone(), other.patch().zone());
    }
  }

  private static Optional<AdminState> state(ServerChange change) {
    return change.order().map(ServerChange.Order::state);
  }

  /** The entries by the names that an operator has for them, or else by their index. */
  private static Map<String, Object> named(List<?> list) {
    Map<String, Object> named = new LinkedHashMap<>();
    for (Object entry : list) {
      String name =
          switch (entry) {
            case Settings.Listener listener -> listener.name();
            case Server server -> server.id().value();
            case VirtualHost host -> String.join(" ", host.names());
            case ResponseMatch.Header header -> header.name();
            case Route route -> called(route);
            case Admin.Token token -> token.name();
            case Admin.Client client -> client.subject();
            default -> Integer.toString(named.size());
          };
      named.put(named.containsKey(name) ? name + " " + named.size() : name, entry);
    }
    return named;
  }

  private static String called(Route route) {
    return route.path().written()
        + route.conditions().methods().stream()
            .sorted()
            .map(method -> " " + method)
            .collect(Collectors.joining());
  }
}
