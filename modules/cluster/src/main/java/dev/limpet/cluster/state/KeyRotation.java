package dev.limpet.cluster.state;

import dev.limpet.cluster.sessions.ClusterClock;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What this node does for the cluster's keys of one kind. One thread at a time. */
final class KeyRotation {

  private static final Logger LOG = LoggerFactory.getLogger(KeyRotation.class);
  private static final SecureRandom RANDOM = new SecureRandom();

  private final ReplicatedMaps.Name map;
  private final String purpose;
  private final ClusterClock clock;
  private final Set<String> added = new HashSet<>();
  private long lastMade;

  /**
   * @param purpose what the keys do, in an operator's words
   */
  KeyRotation(ReplicatedMaps.Name map, String purpose, ClusterClock clock) {
    this.map = map;
    this.purpose = purpose;
    this.clock = clock;
  }

  /**
   * Shares the keys that this node has from a time when it was in the cluster before, each once;
   * and as the oldest node makes new ones and takes away what nobody needs any more.
   *
   * @param held at this node, before it has heard what is shared now
   * @param oldest whether this is the cluster's oldest node: one that has just joined may not have
   *     heard of the keys yet
   * @param majority whether this node is in touch with one: a key that others do not hear of must
   *     not be the next one
   */
  void tend(
      ReplicatedMaps<?> maps,
      HeldKeys held,
      HeldKeys.Rules rules,
      boolean oldest,
      boolean majority) {
    Map<String, String> shared = maps.get(map);
    HeldKeys now = held.hear(shared, rules, clock.millis());
    now.byName()
        .forEach(
            (name, key) -> {
              if (!shared.containsKey(name) && added.add(name)) {
                maps.put(map, name, key);
              }
            });
    if (!oldest) {
      return;
    }
    shared.forEach(
        (name, key) -> {
          if (HeldKeys.isKey(name, key, rules) && !now.byName().containsKey(name)) {
            maps.remove(map, name);
          }
        });
    boolean first = now.byName().isEmpty() && lastMade == 0;
    if (!rules.successor() && (first || (majority && makesAt(now, rules) <= clock.millis()))) {
      make(maps, rules, first);
    }
  }

  /** When the next key is due to be made; the cluster's time. */
  long makesAt(HeldKeys held, HeldKeys.Rules rules) {
    return rules.successor()
        ? Long.MAX_VALUE
        : Math.max(held.newest(), lastMade) + rules.period().toMillis();
  }

  private void make(ReplicatedMaps<?> maps, HeldKeys.Rules rules, boolean first) {
    byte[] key = new byte[rules.bytes()];
    RANDOM.nextBytes(key);
    long version = clock.next();
    lastMade = ClusterClock.millisOf(version);
    String name = "%016x-%s".formatted(version, UUID.randomUUID());
    added.add(name);
    maps.put(map, name, HexFormat.of().formatHex(key));
    LOG.info(
        "made a key that {}; it is in use {}",
        purpose,
        first
            ? "at once"
            : "in " + HeldKeys.AHEAD.toMinutes() + " minutes, when all nodes have it");
  }
}
