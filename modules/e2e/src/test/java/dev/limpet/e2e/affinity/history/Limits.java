package dev.limpet.e2e.affinity.history;

import java.time.Duration;

/**
 * What the checker grants, in nanoseconds.
 *
 * @param deadAfter for how long a backend has to be silent before that is its death
 * @param notice for how long after a backend answers again the nodes may still take it for down
 * @param inFlight for how long after a backend has died a request may still run into its death
 * @param recovery for how long after a node's fault a violation is put down to it
 * @param ttl how long a session lives without a request
 */
public record Limits(long deadAfter, long notice, long inFlight, long recovery, long ttl) {

  /**
   * By the settings that {@code Site} makes: {@code health.dead-after}; then an interval, a time
   * limit and a round of gossip.
   */
  public static final Limits OF_THE_SITE =
      new Limits(
          Duration.ofSeconds(10).toNanos(),
          Duration.ofMillis(550 + 2_000 + 1_500).toNanos(),
          Duration.ofMillis(500).toNanos(),
          Duration.ofSeconds(15).toNanos(),
          Duration.ofHours(1).toNanos());
}
