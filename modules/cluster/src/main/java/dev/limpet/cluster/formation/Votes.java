package dev.limpet.cluster.formation;

import dev.limpet.cluster.formation.Hail.Word;
import dev.limpet.cluster.voters.Electorate;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** The votes that a candidate has, and who voted in an earlier life. One thread at a time. */
final class Votes {

  /**
   * So long after it has asked for it the candidate counts a vote: well below the time that the
   * vote binds, even if the candidate was frozen in between. A process that has just started does
   * not vote for as long: one before it may have.
   */
  static final long COUNT_NANOS = Duration.ofSeconds(2).toNanos();

  /** When each was asked for, by the voter's name. */
  private final Map<String, Long> votes = new HashMap<>();

  private Electorate told = Electorate.NONE;
  private long toldAt;

  void hear(Hail hail, long now) {
    if (hail.word() == Word.VOTE) {
      votes.put(hail.name(), hail.stamp());
    } else if (hail.word() == Word.NOTHING) {
      votes.remove(hail.name());
    }
    if (hail.voters().epoch() >= told.epoch() || isLongAgo(now)) {
      told = hail.voters();
      toldAt = now;
    }
  }

  private boolean isLongAgo(long now) {
    return now - toldAt > Acquaintances.LATELY_NANOS;
  }

  /** Whose votes count now. */
  Set<String> of(long now) {
    votes.values().removeIf(asked -> now - asked > COUNT_NANOS);
    return new HashSet<>(votes.keySet());
  }

  void clear() {
    votes.clear();
  }

  /** The newest that this node, or one that has said something of late, knows. */
  Electorate newest(Electorate own, long now) {
    return told.epoch() > own.epoch() && !isLongAgo(now) ? told : own;
  }
}
