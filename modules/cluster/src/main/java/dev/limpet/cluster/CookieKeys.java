package dev.limpet.cluster;

import dev.limpet.cluster.sessions.ClusterClock;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What this node adds to the keys that sign session cookies. One thread at a time. */
final class CookieKeys {

  private static final Logger LOG = LoggerFactory.getLogger(CookieKeys.class);

  private static final int LENGTH = 32;

  private final ClusterClock clock;
  private final Set<String> added = new HashSet<>();

  CookieKeys(ClusterClock clock) {
    this.clock = clock;
  }

  /** Throws where this is no key as it stands in the cluster. */
  static void check(String key) {
    if (HexFormat.of().parseHex(key).length != LENGTH) {
      throw new IllegalArgumentException("a key has " + LENGTH + " bytes");
    }
  }

  /**
   * Keys that the cluster should have, each told once: those that this node has from a time when it
   * was in the cluster before, or a new one where there is none at all.
   *
   * @param shared in the cluster, as far as this node has heard
   * @param known at this node
   * @param oldest whether this is the cluster's oldest node: one that has just joined may not have
   *     heard of the keys yet
   */
  Map<String, String> toAdd(
      Map<String, String> shared, Map<String, String> known, boolean oldest) {
    Map<String, String> keys = new HashMap<>(known);
    keys.keySet().removeIf(name -> shared.containsKey(name) || added.contains(name));
    if (oldest && shared.isEmpty() && known.isEmpty() && added.isEmpty()) {
      byte[] key = new byte[LENGTH];
      new SecureRandom().nextBytes(key);
      keys.put(
          "%016x-%s".formatted(clock.next(), UUID.randomUUID()), HexFormat.of().formatHex(key));
      LOG.warn(
          "made a key that signs session cookies; it lives in the cluster's memory, so when all nodes"
              + " stop at one time, clients get new cookies");
    }
    added.addAll(keys.keySet());
    return keys;
  }
}
