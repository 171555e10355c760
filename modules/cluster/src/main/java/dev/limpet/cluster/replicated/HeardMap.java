package dev.limpet.cluster.replicated;

import akka.cluster.ddata.LWWMap;
import akka.cluster.ddata.LWWRegister;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import scala.Option;

/** The entries of one replicated map, as this node has heard of them. One thread at a time. */
final class HeardMap<K, V> {

  private final ReplicatedMap<K, V> map;
  private final Consumer<String> onUnreadable;
  private Map<K, V> entries = Map.of();

  /** Values, by their keys, that could not be read when they were last heard. */
  private Map<String, Object> unreadable = Map.of();

  /**
   * @param onUnreadable told, once each, of entries that are left out because they cannot be read:
   *     from a newer node, or a broken one
   */
  HeardMap(ReplicatedMap<K, V> map, Consumer<String> onUnreadable) {
    this.map = map;
    this.onUnreadable = onUnreadable;
  }

  ReplicatedMap<K, V> map() {
    return map;
  }

  Map<K, V> entries() {
    return entries;
  }

  /** Takes what stands there now. What one node writes must not stop another. */
  void hear(LWWMap<?, ?> data) {
    Map<K, V> readable = new HashMap<>();
    Map<String, Object> left = new HashMap<>();
    data.getEntries()
        .forEach(
            (anyKey, value) -> {
              String key = String.valueOf(anyKey);
              if (!read(key, value, readable)) {
                left.put(key, value);
                if (!value.equals(unreadable.get(key))) {
                  onUnreadable.accept(
                      "what stands in the map \"%s\" under \"%s\": it cannot be read, and is left out; %s wrote it"
                          .formatted(map.id(), key, writer(data, anyKey)));
                }
              }
            });
    unreadable = Map.copyOf(left);
    entries = Map.copyOf(readable);
  }

  /** Whether this entry is as it should be; then it is put with the others. */
  private boolean read(String keyText, Object value, Map<K, V> readable) {
    K key = decoded(map.keys(), keyText);
    V decoded = value instanceof String text ? decoded(map.values(), text) : null;
    V counts = decoded == null ? map.standIn() : decoded;
    if (key != null && counts != null) {
      readable.put(key, counts);
    }
    return key != null && decoded != null;
  }

  private static <T> @Nullable T decoded(Codec<T> codec, String text) {
    try {
      return codec.decode().apply(text);
    } catch (RuntimeException unreadable) {
      return null;
    }
  }

  private static <A, B> String writer(LWWMap<A, B> map, Object key) {
    @SuppressWarnings("unchecked") // It is the map's own.
    Option<LWWRegister<B>> register = map.underlying().get((A) key);
    return register.isDefined()
        ? "the node at " + register.get().updatedBy().address().hostPort().replaceFirst(".*@", "")
        : "nobody";
  }
}
