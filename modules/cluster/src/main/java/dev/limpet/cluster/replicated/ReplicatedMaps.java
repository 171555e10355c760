package dev.limpet.cluster.replicated;

import akka.cluster.ddata.Key;
import akka.cluster.ddata.LWWMap;
import akka.cluster.ddata.LWWMapKey;
import akka.cluster.ddata.LWWRegister;
import akka.cluster.ddata.SelfUniqueAddress;
import akka.cluster.ddata.typed.javadsl.Replicator;
import akka.cluster.ddata.typed.javadsl.ReplicatorMessageAdapter;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The small maps that all nodes hold, as this one has heard of them. In most every key has one
 * writer; where several write, the last one wins by the cluster's time, not by wall clocks, which
 * may be wrong. For the one actor whose messages the adapter makes.
 *
 * @param <C> that actor's messages
 */
public final class ReplicatedMaps<C> {

  private static final Duration WRITE_TIMEOUT = Duration.ofSeconds(1);

  private final ReplicatorMessageAdapter<C, LWWMap<String, String>> replicator;
  private final SelfUniqueAddress self;
  private final Function<Replicator.UpdateResponse<LWWMap<String, String>>, C> onUpdated;
  private final LWWRegister.Clock<String> clock;
  private final Map<String, HeardMap<?, ?>> byId = new HashMap<>();

  /**
   * @param all the maps
   * @param versions each above every one given or seen before
   * @param onChanged what {@link #hear} takes
   * @param onUpdated the outcome of a write; one that has not reached all in time is on its way by
   *     gossip
   * @param onUnreadable told, once each, of entries that are left out because they cannot be read
   */
  public ReplicatedMaps(
      List<ReplicatedMap<?, ?>> all,
      ReplicatorMessageAdapter<C, LWWMap<String, String>> replicator,
      SelfUniqueAddress self,
      LongSupplier versions,
      Function<Replicator.SubscribeResponse<LWWMap<String, String>>, C> onChanged,
      Function<Replicator.UpdateResponse<LWWMap<String, String>>, C> onUpdated,
      Consumer<String> onUnreadable) {
    this.replicator = replicator;
    this.self = self;
    this.clock = (before, value) -> Math.max(before + 1, versions.getAsLong());
    this.onUpdated = onUpdated;
    for (ReplicatedMap<?, ?> map : all) {
      byId.put(map.id(), new HeardMap<>(map, onUnreadable));
      replicator.subscribe(key(map), onChanged::apply);
    }
  }

  public <K, V> Map<K, V> get(ReplicatedMap<K, V> map) {
    @SuppressWarnings("unchecked") // Each was put there under the id of its own map.
    HeardMap<K, V> heard = (HeardMap<K, V>) Objects.requireNonNull(byId.get(map.id()));
    return heard.entries();
  }

  /** Takes what the replicator says, and returns which map has changed; null if none has. */
  public @Nullable ReplicatedMap<?, ?> hear(
      Replicator.SubscribeResponse<LWWMap<String, String>> response) {
    if (response instanceof Replicator.Changed<LWWMap<String, String>> change) {
      HeardMap<?, ?> heard = byId.get(change.key().id());
      // Whoever writes to the replicator decides what it holds.
      Object data = change.dataValue();
      if (heard != null && data instanceof LWWMap<?, ?> map) {
        heard.hear(map);
        return heard.map();
      }
    }
    return null;
  }

  /** Other nodes hear of it with the next gossip. */
  public <K, V> void put(ReplicatedMap<K, V> map, K key, V value) {
    put(map, key, value, Replicator.writeLocal());
  }

  /** Other nodes hear of it at once. */
  public <K, V> void putEverywhere(ReplicatedMap<K, V> map, K key, V value) {
    put(map, key, value, new Replicator.WriteAll(WRITE_TIMEOUT));
  }

  public <K> void remove(ReplicatedMap<K, ?> map, K key) {
    String text = map.keys().encode().apply(key);
    update(map, Replicator.writeLocal(), data -> data.remove(self, text));
  }

  /** Removes what nodes that are gone for good have said. */
  public void tidyUp(Set<String> members) {
    byId.values().forEach(heard -> tidyUp(heard, members));
  }

  private <K> void tidyUp(HeardMap<K, ?> heard, Set<String> members) {
    for (K key : heard.entries().keySet()) {
      String owner = heard.map().owner().apply(key);
      if (owner != null && !members.contains(owner)) {
        remove(heard.map(), key);
      }
    }
  }

  private <K, V> void put(
      ReplicatedMap<K, V> map, K key, V value, Replicator.WriteConsistency consistency) {
    String keyText = map.keys().encode().apply(key);
    String valueText = map.values().encode().apply(value);
    update(map, consistency, data -> data.put(self, keyText, valueText, clock));
  }

  private void update(
      ReplicatedMap<?, ?> map,
      Replicator.WriteConsistency consistency,
      UnaryOperator<LWWMap<String, String>> change) {
    replicator.askUpdate(
        replyTo -> new Replicator.Update<>(key(map), LWWMap.create(), consistency, replyTo, change),
        onUpdated);
  }

  private static Key<LWWMap<String, String>> key(ReplicatedMap<?, ?> map) {
    return LWWMapKey.create(map.id());
  }
}
