package dev.limpet.cluster.state;

import dev.limpet.cluster.replicated.Codec;
import dev.limpet.model.secret.KeyRing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The secrets of one kind that the cluster has made for itself, as this node holds them. Pure: of
 * the same keys and the same time every node makes the same ring.
 *
 * <p>A key is made some time before it is used, so that all nodes know it by then, and goes when
 * nothing can be left that was made with it.
 *
 * @param byName the keys in hex, the oldest first
 * @param ring the one in use, and the others
 */
public record HeldKeys(NavigableMap<KeyName, String> byName, KeyRing ring) {

  static final HeldKeys NONE = new HeldKeys(Collections.emptyNavigableMap(), KeyRing.EMPTY);

  /** How long a key is known before it is used. */
  public static final Duration AHEAD = Duration.ofMinutes(10);

  /** The keys themselves, as they stand in the cluster and here. */
  static final Codec<String> HEX = new Codec<>(key -> key, HeldKeys::checked);

  private static final Pattern BYTES = Pattern.compile("([0-9a-f]{2})*");

  private static String checked(String text) {
    if (!BYTES.matcher(text).matches()) {
      throw new IllegalArgumentException("not a key");
    }
    return text;
  }

  /** Whether this is a key of this kind, and not one by which a newer node means something else. */
  static boolean isOfLength(String key, KeyRules rules) {
    return key.length() == 2 * rules.bytes();
  }

  /**
   * The keys that this node holds now.
   *
   * @param shared in the cluster, as far as this node has heard
   * @param millis the cluster's time
   * @return this where nothing is different
   */
  HeldKeys hear(Map<KeyName, String> shared, KeyRules rules, long millis) {
    NavigableMap<KeyName, String> keys = new TreeMap<>(byName);
    shared.forEach(
        (name, value) -> {
          if (isOfLength(value, rules)) {
            keys.put(name, value);
          }
        });
    List<KeyName> names = new ArrayList<>(keys.keySet());
    for (int i = 0; i < names.size(); i++) {
      if (goesAt(names, i, rules) <= millis) {
        keys.remove(names.get(i));
      }
    }
    KeyRing next = ring(keys, millis);
    return keys.equals(byName) && next.equals(ring) ? this : new HeldKeys(keys, next);
  }

  /**
   * When {@link #hear} will say something else though nothing has been heard; the cluster's time.
   */
  long changesAt(KeyRules rules, long millis) {
    List<KeyName> names = List.copyOf(byName.keySet());
    long next = Long.MAX_VALUE;
    for (int i = 0; i < names.size(); i++) {
      long used = usedFrom(names.get(i));
      next = Math.min(next, used > millis ? used : Long.MAX_VALUE);
      next = Math.min(next, goesAt(names, i, rules));
    }
    return next;
  }

  /** When the newest one was made; 0 where there is none. */
  long newest() {
    return byName.isEmpty() ? 0 : byName.lastKey().madeAt();
  }

  private static KeyRing ring(NavigableMap<KeyName, String> keys, long millis) {
    List<KeyName> names = new ArrayList<>(keys.descendingKeySet());
    KeyName inUse = null;
    for (KeyName name : names) {
      // Where none has been known for long enough, the oldest is the one that most nodes know.
      inUse = name;
      if (usedFrom(name) <= millis) {
        break;
      }
    }
    if (inUse != null) {
      names.remove(inUse);
      names.addFirst(inUse);
    }
    return new KeyRing(names.stream().map(keys::get).map(HexFormat.of()::parseHex).toList());
  }

  private static long goesAt(List<KeyName> names, int at, KeyRules rules) {
    if (at + 1 < names.size()) {
      return usedFrom(names.get(at + 1)) + rules.kept().toMillis();
    }
    return rules.replaced()
        ? usedFrom(names.get(at)) + rules.period().plus(rules.kept()).toMillis()
        : Long.MAX_VALUE;
  }

  private static long usedFrom(KeyName name) {
    return name.madeAt() + AHEAD.toMillis();
  }

  @Override
  public String toString() {
    return ring.toString();
  }
}
