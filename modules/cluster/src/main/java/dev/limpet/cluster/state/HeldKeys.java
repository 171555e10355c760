package dev.limpet.cluster.state;

import dev.limpet.cluster.sessions.ClusterClock;
import dev.limpet.model.settings.KeyRing;
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
 * @param byName what they are, in hex, by names that order them by their age
 * @param ring the one in use, and the others
 */
public record HeldKeys(NavigableMap<String, String> byName, KeyRing ring) {

  static final HeldKeys NONE = new HeldKeys(Collections.emptyNavigableMap(), KeyRing.EMPTY);

  /** How long a key is known before it is used. */
  public static final Duration AHEAD = Duration.ofMinutes(10);

  private static final Pattern NAME = Pattern.compile("[0-9a-f]{16}-[0-9a-f-]{36}");
  private static final Pattern HEX = Pattern.compile("([0-9a-f]{2})*");

  /**
   * The rules of one kind.
   *
   * @param bytes of each key
   * @param period how long a key is in use until the next one is
   * @param kept how long something may live that was made with a key
   * @param successor whether others take the place of the newest one when its time is over, though
   *     they are not among these
   */
  record Rules(int bytes, Duration period, Duration kept, boolean successor) {}

  /** Throws where this is no key of any kind as it stands in the cluster. */
  static void check(String name, String value) {
    if (!NAME.matcher(name).matches() || !HEX.matcher(value).matches()) {
      throw new IllegalArgumentException("not a key");
    }
  }

  /** Whether this is a key, and not what a newer node may mean by it. */
  static boolean isKey(String name, String value, Rules rules) {
    return NAME.matcher(name).matches()
        && value.length() == 2 * rules.bytes()
        && HEX.matcher(value).matches();
  }

  /**
   * What this node holds now.
   *
   * @param shared in the cluster, as far as this node has heard
   * @param millis the cluster's time
   * @return this where nothing is different
   */
  HeldKeys hear(Map<String, String> shared, Rules rules, long millis) {
    NavigableMap<String, String> keys = new TreeMap<>(byName);
    shared.forEach(
        (name, value) -> {
          if (isKey(name, value, rules)) {
            keys.put(name, value);
          }
        });
    List<String> names = new ArrayList<>(keys.keySet());
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
  long changesAt(Rules rules, long millis) {
    List<String> names = List.copyOf(byName.keySet());
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
    return byName.isEmpty() ? 0 : madeAt(byName.lastKey());
  }

  private static KeyRing ring(NavigableMap<String, String> keys, long millis) {
    List<String> names = new ArrayList<>(keys.descendingKeySet());
    String inUse = null;
    for (String name : names) {
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

  private static long goesAt(List<String> names, int at, Rules rules) {
    if (at + 1 < names.size()) {
      return usedFrom(names.get(at + 1)) + rules.kept().toMillis();
    }
    return rules.successor()
        ? usedFrom(names.get(at)) + rules.period().plus(rules.kept()).toMillis()
        : Long.MAX_VALUE;
  }

  private static long usedFrom(String name) {
    return madeAt(name) + AHEAD.toMillis();
  }

  private static long madeAt(String name) {
    return ClusterClock.millisOf(Long.parseUnsignedLong(name, 0, 16, 16));
  }

  @Override
  public String toString() {
    return ring.toString();
  }
}
