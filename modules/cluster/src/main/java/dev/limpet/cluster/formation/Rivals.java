package dev.limpet.cluster.formation;

import dev.limpet.cluster.voters.Electorate;
import dev.limpet.model.net.HostPort;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Members of another cluster that a member has heard from. There should be none, but a founder that
 * stood still at the wrong moment, or a network that was cut at a first start, can make one. One
 * thread at a time.
 */
final class Rivals {

  /** So often a member looks for nodes that are none of its cluster. */
  private static final long LOOK_NANOS = Duration.ofSeconds(2).toNanos();

  /** So long it watches one before it believes it: news of members take their time. */
  private static final long BELIEVE_NANOS = Duration.ofSeconds(10).toNanos();

  private record Rival(long first, long last, Hail hail) {}

  private final Map<HostPort, Rival> rivals = new HashMap<>();
  private long lookedAt;
  private boolean hasLooked;

  boolean isTimeToLook(long now) {
    if (hasLooked && now - lookedAt < LOOK_NANOS) {
      return false;
    }
    hasLooked = true;
    lookedAt = now;
    return true;
  }

  /** Of one that says that it is a member. */
  void hear(Hail hail, Standing standing, long now) {
    if (!standing.others().containsValue(hail.from())) {
      Rival before = rivals.get(hail.from());
      rivals.put(hail.from(), new Rival(before == null ? now : before.first(), now, hail));
    }
  }

  /**
   * Why this node should leave its cluster for another one: that has a majority of its voters and
   * this one has not; or both have, and that one is older.
   */
  Optional<String> betterOne(Electorate own, boolean hasQuorum, Standing standing, long now) {
    rivals
        .values()
        .removeIf(
            rival ->
                now - rival.last() > 3 * LOOK_NANOS
                    || standing.others().containsValue(rival.hail().from()));
    return rivals.values().stream()
        .filter(rival -> rival.last() - rival.first() >= BELIEVE_NANOS)
        .map(Rival::hail)
        .filter(rival -> rival.quorum() && (!hasQuorum || isOlder(rival.voters(), own)))
        .findFirst()
        .map(
            rival ->
                "the node at %s is in another cluster, which %s; this node leaves its own for that"
                    .formatted(
                        rival.from(), hasQuorum ? "is older" : "has a majority of its voters"));
  }

  /** Of two that are as old as each other, both sides name the same one. */
  private static boolean isOlder(Electorate one, Electorate other) {
    return one.isOfClusterOf(other)
        ? one.voters().toString().compareTo(other.voters().toString()) < 0
            && one.voters().stream().noneMatch(other::has)
        : one.epoch() < other.epoch();
  }
}
