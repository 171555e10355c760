package dev.limpet.proxy.servers;

import dev.limpet.balancing.Backend;
import dev.limpet.balancing.Selector;
import dev.limpet.balancing.affinity.CookieCodec;
import dev.limpet.proxy.upstream.Addresses;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All that a request needs to find its server in one upstream. Immutable; a {@link RoutingActor}
 * publishes a new one whenever the cluster's state changes.
 *
 * <p>Where too few of the servers are healthy, and always where none is, all count as healthy: a
 * wrong verdict, such as that of a check with a wrong path, must turn neither into an outage nor
 * into lost sessions.
 *
 * @param bound servers that keep the clients they have: all that are not dead, and up, ejected or
 *     draining
 * @param suspects servers whose clients' requests show whether they are alive
 * @param open servers that take new clients: healthy and up
 * @param overflow backups that take new clients while all of these are full
 * @param onTrial servers that were ejected until just now, and get one request after the other
 * @param ranks servers for requests that have to leave theirs, the first ones first: healthy ones,
 *     healthy backups, those that are or were just ejected, suspects, and the others, for the
 *     verdict may be out of date
 * @param selector picks among the open ones
 * @param addresses where each server listens
 * @param named every server, by its id in settings
 */
public record RoutingSnapshot(
    Map<Long, Backend> bound,
    List<Backend> suspects,
    List<Backend> open,
    List<Backend> overflow,
    List<ServerStats> onTrial,
    List<List<Backend>> ranks,
    Selector selector,
    Map<Backend, Addresses> addresses,
    Map<String, Backend> named,
    CookieCodec cookies) {

  public @Nullable Backend bound(long hash) {
    return bound.get(hash);
  }

  /** Whether it takes new clients, if only while others are full. */
  boolean takesNew(Backend server) {
    return open.contains(server) || overflow.contains(server);
  }

  /** Servers that get no new clients: they drain, or are not well. */
  List<Backend> takeNoNew() {
    if (open.size() + overflow.size() == named.size()) {
      return List.of();
    }
    Set<Backend> taking = new HashSet<>(open);
    taking.addAll(overflow);
    return named.values().stream().filter(server -> !taking.contains(server)).toList();
  }

  /** A server that is called dead. */
  public @Nullable Backend dead(long hash) {
    for (Backend server : ranks.getLast()) {
      if (server.hash() == hash) {
        return server;
      }
    }
    return null;
  }

  /** The best servers that are left when these have been tried. */
  public List<Backend> untried(Set<Backend> tried) {
    for (List<Backend> rank : ranks) {
      List<Backend> left = rank.stream().filter(server -> !tried.contains(server)).toList();
      if (!left.isEmpty()) {
        return left;
      }
    }
    return List.of();
  }

  /** The server that this value names: by its id, or by its id behind the last dot. */
  public @Nullable Backend named(String value) {
    Backend whole = named.get(value);
    return whole == null ? named.get(value.substring(value.lastIndexOf('.') + 1)) : whole;
  }

  /**
   * Counts a request of a new client at a server, to be followed by one {@link UpstreamQueue#end}.
   *
   * @param key what the method goes by, from {@link Upstream#key}
   * @param tried servers that must not be used
   * @return null where no other server is open, or all are full
   */
  @Nullable Backend tryBegin(long key, Set<Backend> tried) {
    Backend trial = onTrial.isEmpty() ? null : tryTrial(tried);
    if (trial != null) {
      return trial;
    }
    Backend picked = selector.pick(key, tried);
    while (picked != null && !picked.tryBegin()) {
      picked = selector.pick(key, tried);
    }
    return picked;
  }

  private @Nullable Backend tryTrial(Set<Backend> tried) {
    long now = System.nanoTime();
    for (ServerStats record : onTrial) {
      Backend server = record.backend();
      if (!tried.contains(server) && record.tryTrial(now) && server.tryBegin()) {
        return server;
      }
    }
    return null;
  }
}
