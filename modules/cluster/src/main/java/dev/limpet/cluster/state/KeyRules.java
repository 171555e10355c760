package dev.limpet.cluster.state;

import dev.limpet.model.settings.AffinityRule;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.ClusterSnapshot;
import java.time.Duration;
import java.util.Comparator;

/**
 * The rules of one kind of the cluster's keys.
 *
 * @param bytes of each key
 * @param period how long a key is in use until the next one is
 * @param kept how long something may live that was made with a key
 * @param replaced whether keys of another origin replace these: the newest one, too, goes when its
 *     time is over
 */
record KeyRules(int bytes, Duration period, Duration kept, boolean replaced) {

  /** The rules for keys that seal TLS session tickets. */
  static final KeyRules TICKETS =
      new KeyRules(
          ClusterSnapshot.TICKET_KEY_BYTES,
          Duration.ofHours(6),
          ClusterSnapshot.TICKET_LIFE,
          false);

  private static final int COOKIE_KEY_BYTES = 32;
  private static final Duration COOKIE_KEY_PERIOD = Duration.ofDays(1);

  /** Beyond a cookie's time to live, for nodes whose clocks are not quite the same. */
  private static final Duration SLACK = Duration.ofMinutes(1);

  /**
   * The rules for keys that sign session cookies: needed for as long as the longest-lived cookie
   * that it has signed.
   */
  static KeyRules ofCookies(Settings settings) {
    Duration longest =
        settings.upstreams().values().stream()
            .flatMap(upstream -> upstream.affinity().cookie().stream())
            .map(AffinityRule.Cookie::ttl)
            .max(Comparator.naturalOrder())
            .orElse(Duration.ZERO);
    return new KeyRules(
        COOKIE_KEY_BYTES,
        COOKIE_KEY_PERIOD,
        longest.plus(SLACK),
        !settings.cluster().cookieKeys().keys().isEmpty());
  }
}
