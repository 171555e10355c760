package dev.limpet.cluster.discovery;

import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.Discovery;
import dev.limpet.model.settings.Server;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.settings.ServerOptions;
import dev.limpet.model.settings.ServerOptions.Backup;
import dev.limpet.model.state.ServerSource;
import dev.limpet.model.state.ServerSource.FoundServer;
import dev.limpet.model.state.ServerSource.Standing;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The servers that are found for one upstream, and those that were until a short time ago. One
 * thread at a time.
 */
final class FoundServers {

  /**
   * A server that has been found.
   *
   * @param leftAt since when it is not found any more, or not ready, by {@link System#nanoTime};
   *     null while it is neither
   */
  private record Known(Server server, boolean terminating, @Nullable Long leftAt) {

    Known left(long nanos) {
      return new Known(server, terminating, leftAt == null ? nanos : leftAt);
    }

    boolean isLeaving() {
      return terminating || leftAt != null;
    }
  }

  private final String upstream;
  private final Discovery settings;
  private final ServerSource source;
  private final Map<HostPort, Known> known;
  private boolean settled;
  private boolean inTrouble;

  /**
   * @param source to be closed by whoever follows these
   * @param before what was known by other settings, if anything was
   */
  FoundServers(
      String upstream, Discovery settings, ServerSource source, @Nullable FoundServers before) {
    this.upstream = upstream;
    this.settings = settings;
    this.source = source;
    this.known = new TreeMap<>(Comparator.comparing(HostPort::toString));
    if (before != null) {
      known.putAll(before.known);
      settled = before.settled;
    }
  }

  String upstream() {
    return upstream;
  }

  Discovery settings() {
    return settings;
  }

  ServerSource source() {
    return source;
  }

  /** The name of whoever is asked. */
  String whom() {
    return switch (settings) {
      case Discovery.Dns _ -> "DNS";
      case Discovery.Kubernetes _ -> "Kubernetes";
    };
  }

  /** Whether there was an answer, with or without success. */
  boolean isSettled() {
    return settled;
  }

  /** Whether something is wrong with the last answer. */
  boolean isInTrouble() {
    return inTrouble;
  }

  /** Those that take clients now. */
  Set<HostPort> there() {
    Set<HostPort> there = new LinkedHashSet<>();
    known.forEach(
        (address, server) -> {
          if (!server.isLeaving()) {
            there.add(address);
          }
        });
    return there;
  }

  void hear(ServerSource.Answer answer, long nanos) {
    settled = true;
    inTrouble = !answer.trouble().isEmpty();
    answer.servers().ifPresent(servers -> hear(servers, nanos));
  }

  private void hear(List<FoundServer> servers, long nanos) {
    Set<HostPort> there = new HashSet<>();
    for (FoundServer found : servers) {
      there.add(found.address());
      if (found.standing() == Standing.NOT_READY) {
        known.computeIfPresent(found.address(), (address, server) -> server.left(nanos));
      } else {
        known.put(
            found.address(),
            new Known(server(found), found.standing() == Standing.TERMINATING, null));
      }
    }
    // One that was about to end has done so, and another server may get its address.
    known
        .entrySet()
        .removeIf(entry -> !there.contains(entry.getKey()) && entry.getValue().terminating());
    known.replaceAll((address, server) -> there.contains(address) ? server : server.left(nanos));
  }

  /**
   * Drops those that have been gone for long enough.
   *
   * @return after how long another one is to be dropped; empty if none is
   */
  Optional<Duration> forgetLeavers(long nanos) {
    known.values().removeIf(server -> left(server, nanos) == 0);
    return known.values().stream()
        .map(server -> left(server, nanos))
        .min(Comparator.naturalOrder())
        .filter(left -> left < Long.MAX_VALUE)
        .map(Duration::ofNanos);
  }

  /** The nanoseconds for which the server is still kept. */
  private long left(Known server, long nanos) {
    return server.leftAt() == null
        ? Long.MAX_VALUE
        : Math.max(0, server.leftAt() + settings.drain().toNanos() - nanos);
  }

  List<DiscoveredServer> servers() {
    return known.values().stream()
        .map(server -> new DiscoveredServer(upstream, server.server(), server.isLeaving()))
        .toList();
  }

  private Server server(FoundServer found) {
    return new Server(
        ServerId.of(upstream, found.address().toString()),
        found.address(),
        found.weight(),
        settings.maxConnections(),
        new ServerOptions(
            found.backup() ? Backup.FAILURE : Backup.OFF,
            false,
            settings.slowStart(),
            found.zone()));
  }
}
