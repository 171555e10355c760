package dev.limpet.cluster.discovery;

import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.Discovery;
import dev.limpet.model.settings.Server;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.settings.ServerOptions;
import dev.limpet.model.settings.ServerOptions.Backup;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The servers that DNS names for one upstream, and those that it has named until a short time ago.
 * One thread at a time.
 */
final class DnsSource {

  /**
   * A server that has been named.
   *
   * @param leftAt when DNS did not name it any more, by {@link System#nanoTime}; null while it does
   */
  private record Named(Server server, @Nullable Long leftAt) {}

  private final String upstream;
  private final Discovery.Dns settings;
  private final DnsLookup lookup;
  private final Map<HostPort, Named> named;
  private boolean settled;
  private boolean inTrouble;

  /**
   * @param before what was known by other settings, if anything was
   */
  DnsSource(String upstream, Discovery.Dns settings, @Nullable DnsSource before) {
    this.upstream = upstream;
    this.settings = settings;
    this.lookup = DnsLookup.of(settings);
    this.named = new TreeMap<>(Comparator.comparing(HostPort::toString));
    if (before != null) {
      named.putAll(before.named);
      settled = before.settled;
    }
  }

  String upstream() {
    return upstream;
  }

  Discovery.Dns settings() {
    return settings;
  }

  /** Whether DNS has been asked, with or without success. */
  boolean isSettled() {
    return settled;
  }

  /** Whether the last answer was none. */
  boolean isInTrouble() {
    return inTrouble;
  }

  CompletionStage<DnsLookup.Answer> ask() {
    return lookup.ask();
  }

  /** Those that DNS names now. */
  Set<HostPort> there() {
    Set<HostPort> there = new LinkedHashSet<>();
    named.forEach(
        (address, server) -> {
          if (server.leftAt() == null) {
            there.add(address);
          }
        });
    return there;
  }

  void hear(DnsLookup.Answer answer, long nanos) {
    settled = true;
    inTrouble = !answer.trouble().isEmpty();
    if (answer.servers().isEmpty()) {
      return;
    }
    Set<HostPort> there = new HashSet<>();
    for (DnsLookup.Found found : answer.servers()) {
      there.add(found.address());
      named.put(found.address(), new Named(server(found), null));
    }
    named.replaceAll(
        (address, server) ->
            there.contains(address) || server.leftAt() != null
                ? server
                : new Named(server.server(), nanos));
  }

  /**
   * Drops those that have been gone for long enough.
   *
   * @return after how long another one is to be dropped; empty if none is
   */
  Optional<Duration> forgetLeavers(long nanos) {
    named.values().removeIf(server -> left(server, nanos) == 0);
    return named.values().stream()
        .map(server -> left(server, nanos))
        .min(Comparator.naturalOrder())
        .filter(left -> left < Long.MAX_VALUE)
        .map(Duration::ofNanos);
  }

  /** The nanoseconds for which the server is still kept. */
  private long left(Named server, long nanos) {
    return server.leftAt() == null
        ? Long.MAX_VALUE
        : Math.max(0, server.leftAt() + settings.drain().toNanos() - nanos);
  }

  List<DiscoveredServer> servers() {
    return named.values().stream()
        .map(known -> new DiscoveredServer(upstream, known.server(), known.leftAt() != null))
        .toList();
  }

  private Server server(DnsLookup.Found found) {
    return new Server(
        ServerId.of(upstream, found.address().toString()),
        found.address(),
        found.weight(),
        settings.maxConnections(),
        new ServerOptions(
            found.backup() ? Backup.FAILURE : Backup.OFF, false, settings.slowStart(), ""));
  }
}
