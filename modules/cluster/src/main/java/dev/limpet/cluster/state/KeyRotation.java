package dev.limpet.cluster.state;

import dev.limpet.cluster.replicated.ReplicatedMap;
import dev.limpet.cluster.replicated.ReplicatedMaps;
import dev.limpet.cluster.sessions.ClusterClock;
import dev.limpet.model.settings.Settings;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the cluster's keys of one kind, shares them and takes old ones away. One thread at a time.
 */
final class KeyRotation {

  private static final Logger LOG = LoggerFactory.getLogger(KeyRotation.class);
  private static final SecureRandom RANDOM = new SecureRandom();

  private final ReplicatedMap<KeyName, String> map;
  private final String purpose;
  private final Function<Settings, KeyRules> rulesOf;
  private final Function<ClusterView, HeldKeys> keysOf;
  private final ClusterClock clock;
  private final Set<KeyName> shared = new HashSet<>();
  private long lastMade;

  /**
   * @param purpose what the keys do, in an operator's words
   */
  private KeyRotation(
      ReplicatedMap<KeyName, String> map,
      String purpose,
      Function<Settings, KeyRules> rulesOf,
      Function<ClusterView, HeldKeys> keysOf,
      ClusterClock clock) {
    this.map = map;
    this.purpose = purpose;
    this.rulesOf = rulesOf;
    this.keysOf = keysOf;
    this.clock = clock;
  }

  static KeyRotation ofCookieKeys(ClusterClock clock) {
    return new KeyRotation(
        StateMaps.COOKIE_KEYS,
        "signs session cookies",
        KeyRules::ofCookies,
        ClusterView::cookieKeys,
        clock);
  }

  static KeyRotation ofTicketKeys(ClusterClock clock) {
    return new KeyRotation(
        StateMaps.TICKET_KEYS,
        "seals TLS session tickets",
        settings -> KeyRules.TICKETS,
        ClusterView::ticketKeys,
        clock);
  }

  /**
   * Shares the keys that this node has from a time when it was in the cluster before, each once;
   * and as the oldest node makes new ones and takes away what nobody needs any more.
   *
   * @param view this node's, from before it has heard what is shared now; where it is ready, this
   *     node is in touch with a majority: a key that others do not hear of must not be the next one
   * @param oldest whether this is the cluster's oldest node: one that has just joined may not have
   *     heard of the keys yet
   */
  void tend(ReplicatedMaps<?> maps, ClusterView view, Settings settings, boolean oldest) {
    KeyRules rules = rulesOf.apply(settings);
    Map<KeyName, String> inCluster = maps.get(map);
    HeldKeys held = keysOf.apply(view).hear(inCluster, rules, clock.millis());
    held.byName()
        .forEach(
            (name, key) -> {
              if (!inCluster.containsKey(name) && shared.add(name)) {
                maps.put(map, name, key);
              }
            });
    if (!oldest) {
      return;
    }
    inCluster.forEach(
        (name, key) -> {
          if (HeldKeys.isOfLength(key, rules) && !held.byName().containsKey(name)) {
            maps.remove(map, name);
          }
        });
    boolean first = held.byName().isEmpty() && lastMade == 0;
    boolean majority = view.snapshot().readiness().waitingFor().isEmpty();
    if (!rules.replaced() && (first || (majority && makesAt(held, rules) <= clock.millis()))) {
      make(maps, rules, first);
    }
  }

  /** When there is something to do though nothing is heard, by the cluster's time. */
  long nextChange(ClusterView view, Settings settings, boolean oldest) {
    KeyRules rules = rulesOf.apply(settings);
    HeldKeys held = keysOf.apply(view);
    long next = held.changesAt(rules, clock.millis());
    return oldest ? Math.min(next, makesAt(held, rules)) : next;
  }

  private long makesAt(HeldKeys held, KeyRules rules) {
    return rules.replaced()
        ? Long.MAX_VALUE
        : Math.max(held.newest(), lastMade) + rules.period().toMillis();
  }

  private void make(ReplicatedMaps<?> maps, KeyRules rules, boolean first) {
    byte[] key = new byte[rules.bytes()];
    RANDOM.nextBytes(key);
    KeyName name = KeyName.of(clock.next());
    lastMade = name.madeAt();
    shared.add(name);
    maps.put(map, name, HexFormat.of().formatHex(key));
    LOG.info(
        "made a key that {}; it is in use {}",
        purpose,
        first
            ? "at once"
            : "in " + HeldKeys.AHEAD.toMinutes() + " minutes, when all nodes have it");
  }
}
