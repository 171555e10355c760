package dev.limpet.cluster.state;

import akka.cluster.ddata.Key;
import akka.cluster.ddata.LWWMap;
import akka.cluster.ddata.LWWMapKey;
import akka.cluster.ddata.LWWRegister;
import akka.cluster.ddata.SelfUniqueAddress;
import akka.cluster.ddata.typed.javadsl.Replicator;
import akka.cluster.ddata.typed.javadsl.ReplicatorMessageAdapter;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import scala.Option;

/**
 * The cluster's small maps, as this node has heard of them. In most every key has one writer; where
 * several write, the last one wins by the cluster's time, not by wall clocks, which may be wrong.
 * For the one actor whose messages the adapter makes.
 *
 * @param <C> that actor's messages
 */
final class ReplicatedMaps<C> {

  /** The maps, and whose each of their entries is. */
  enum Name {
    /** {@link Declaration}s, by node. */
    SERVERS("servers", Owner.KEY),
    /** Verdicts and alarms, by {@link ClusterView#verdictKey} and {@link ClusterView#alarmKey}. */
    HEALTH("health", Owner.END_OF_KEY),
    /** What signs session cookies, see {@link HeldKeys}. */
    COOKIE_KEYS("cookie-keys", Owner.NOBODY),
    /** What seals TLS session tickets, likewise. */
    TICKET_KEYS("ticket-keys", Owner.NOBODY),
    /** {@link AdminOverride}s, by server. */
    ORDERS("orders", Owner.NOBODY),
    /** By {@link Ejections#key}. */
    EJECTIONS("ejections", Owner.END_OF_KEY),
    /** {@link Loads}, by node. */
    LOADS("loads", Owner.KEY),
    /** When clients were answered at servers that are suspect, by {@link ClusterView#answerKey}. */
    ANSWERS("answers", Owner.END_OF_KEY);

    private final String id;
    private final Owner owner;

    Name(String id, Owner owner) {
      this.id = id;
      this.owner = owner;
    }

    /** Throws where an entry cannot be read. */
    private void check(String key, String value) {
      switch (this) {
        case SERVERS -> Declaration.check(value);
        case HEALTH -> ClusterView.checkHealth(key, value);
        case COOKIE_KEYS, TICKET_KEYS -> HeldKeys.check(key, value);
        case ORDERS -> AdminOverride.decode(value);
        case EJECTIONS -> Ejections.check(key, value);
        case LOADS -> Loads.check(value);
        case ANSWERS -> ClusterView.backendOf(key);
      }
    }

    private boolean reads(String key, Object value) {
      try {
        check(key, (String) value);
        return true;
      } catch (RuntimeException unreadable) {
        return false;
      }
    }

    private Key<LWWMap<String, String>> key() {
      return LWWMapKey.create(id);
    }

    /** The node that an entry is of; null where it outlives nodes. */
    private @Nullable String owner(String key) {
      return switch (owner) {
        case KEY -> key;
        case END_OF_KEY -> ClusterView.nodeOf(key);
        case NOBODY -> null;
      };
    }
  }

  private enum Owner {
    KEY,
    END_OF_KEY,
    NOBODY
  }

  /** A map before and after others, or this node, have written. */
  record Change(Name name, Map<String, String> before, Map<String, String> now) {}

  private static final Duration WRITE_TIMEOUT = Duration.ofSeconds(1);

  private final ReplicatorMessageAdapter<C, LWWMap<String, String>> replicator;
  private final SelfUniqueAddress self;
  private final Function<Replicator.UpdateResponse<LWWMap<String, String>>, C> onUpdated;
  private final LWWRegister.Clock<String> clock;
  private final Map<Name, Map<String, String>> maps = new EnumMap<>(Name.class);
  private final Map<Name, Map<String, Object>> unreadable = new EnumMap<>(Name.class);
  private final Consumer<String> onUnreadable;

  /**
   * @param versions each above every one given or seen before
   * @param onChanged what {@link #hear} takes
   * @param onUpdated the outcome of a write; one that has not reached all in time is on its way by
   *     gossip
   * @param onUnreadable told, once each, of entries that are left out because they cannot be read:
   *     from a newer node, or a broken one
   */
  ReplicatedMaps(
      ReplicatorMessageAdapter<C, LWWMap<String, String>> replicator,
      SelfUniqueAddress self,
      LongSupplier versions,
      Function<Replicator.SubscribeResponse<LWWMap<String, String>>, C> onChanged,
      Function<Replicator.UpdateResponse<LWWMap<String, String>>, C> onUpdated,
      Consumer<String> onUnreadable) {
    this.replicator = replicator;
    this.onUnreadable = onUnreadable;
    this.self = self;
    this.clock = (before, value) -> Math.max(before + 1, versions.getAsLong());
    this.onUpdated = onUpdated;
    for (Name name : Name.values()) {
      maps.put(name, Map.of());
      replicator.subscribe(name.key(), onChanged::apply);
    }
  }

  Map<String, String> get(Name name) {
    return maps.getOrDefault(name, Map.of());
  }

  /** Takes what the replicator says; null if that is no change. */
  @Nullable Change hear(Replicator.SubscribeResponse<LWWMap<String, String>> response) {
    if (response instanceof Replicator.Changed<LWWMap<String, String>> change) {
      for (Name name : Name.values()) {
        if (name.id.equals(change.key().id())) {
          Map<String, String> before = get(name);
          Map<String, String> now = readable(name, before, change.dataValue());
          maps.put(name, now);
          return new Change(name, before, now);
        }
      }
    }
    return null;
  }

  /**
   * What one node writes must not stop another: entries that cannot be read are as good as not
   * there.
   */
  private Map<String, String> readable(Name name, Map<String, String> before, Object data) {
    Map<String, String> readable = new HashMap<>();
    Map<String, Object> left = new HashMap<>();
    Map<String, Object> known = unreadable.getOrDefault(name, Map.of());
    if (data instanceof LWWMap<?, ?> map) {
      map.getEntries()
          .forEach(
              (anyKey, value) -> {
                String key = String.valueOf(anyKey);
                if (value.equals(before.get(key)) || name.reads(key, value)) {
                  readable.put(key, (String) value);
                } else {
                  left.put(key, value);
                  if (name == Name.SERVERS) {
                    // Who cannot be understood declares nothing, and nobody is to wait for more.
                    readable.put(key, Declaration.NOTHING.toJson());
                  }
                  if (!value.equals(known.get(key))) {
                    onUnreadable.accept(
                        "what stands in the map \"%s\" under \"%s\": it cannot be read, and is left out; %s wrote it"
                            .formatted(name.id, key, writer(map, anyKey)));
                  }
                }
              });
    }
    unreadable.put(name, Map.copyOf(left));
    return Map.copyOf(readable);
  }

  private static <K, V> String writer(LWWMap<K, V> map, Object key) {
    @SuppressWarnings("unchecked") // It is the map's own.
    Option<LWWRegister<V>> register = map.underlying().get((K) key);
    return register.isDefined()
        ? "the node at " + register.get().updatedBy().address().hostPort().replaceFirst(".*@", "")
        : "nobody";
  }

  /** Other nodes hear of it with the next gossip. */
  void put(Name name, String key, String value) {
    update(name, Replicator.writeLocal(), map -> map.put(self, key, value, clock), onUpdated);
  }

  /** Other nodes hear of it at once. */
  void putEverywhere(Name name, String key, String value) {
    update(
        name,
        new Replicator.WriteAll(WRITE_TIMEOUT),
        map -> map.put(self, key, value, clock),
        onUpdated);
  }

  /**
   * Writes to a majority.
   *
   * @param outcome as {@code onUpdated}, for this write
   */
  void putAtMajority(
      Name name,
      String key,
      String value,
      Function<Replicator.UpdateResponse<LWWMap<String, String>>, C> outcome) {
    update(
        name,
        new Replicator.WriteMajority(WRITE_TIMEOUT),
        map -> map.put(self, key, value, clock),
        outcome);
  }

  void remove(Name name, String key) {
    update(name, Replicator.writeLocal(), map -> map.remove(self, key), onUpdated);
  }

  /** What nodes that are gone for good have said is nobody's any more. */
  void tidyUp(Set<String> members) {
    maps.forEach(
        (name, entries) ->
            entries.keySet().stream()
                .filter(
                    key -> {
                      String owner = name.owner(key);
                      return owner != null && !members.contains(owner);
                    })
                .forEach(gone -> remove(name, gone)));
  }

  private void update(
      Name name,
      Replicator.WriteConsistency consistency,
      UnaryOperator<LWWMap<String, String>> change,
      Function<Replicator.UpdateResponse<LWWMap<String, String>>, C> outcome) {
    replicator.askUpdate(
        replyTo ->
            new Replicator.Update<>(name.key(), LWWMap.create(), consistency, replyTo, change),
        outcome);
  }
}
