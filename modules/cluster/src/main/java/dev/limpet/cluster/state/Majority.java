package dev.limpet.cluster.state;

import dev.limpet.cluster.sessions.Replica;
import java.time.Duration;
import java.util.Optional;

/**
 * Decides whether this node takes traffic though it reaches no majority of the nodes. At first it
 * does not: clients should go to the half that has one. But where nobody has, sending all of them
 * away would make an outage of the cluster's fault.
 *
 * <p>Outlives the actors that ask it. Safe for threads.
 */
public final class Majority {

  private boolean there;
  private boolean wasThere;
  private boolean impossible;
  private boolean nowhere;
  private long goneAt;

  /**
   * @param now in nanoseconds, as {@link System#nanoTime}; a node starts without a majority
   */
  public Majority(long now) {
    this.goneAt = now;
  }

  /** Takes notice of whether there is one; whenever that changes. */
  public synchronized void is(Replica.Quorum quorum, long now) {
    boolean before = there;
    there = quorum == Replica.Quorum.THERE;
    nowhere = quorum == Replica.Quorum.UNSYNCED;
    if (before && !there) {
      goneAt = now;
    }
    impossible &= !there;
    wasThere |= there;
  }

  /** Whether so many nodes refuse connections that there cannot be a majority. */
  synchronized void isImpossible(boolean impossible) {
    this.impossible = impossible && !there;
  }

  synchronized boolean isThere() {
    return there;
  }

  /**
   * Whether nobody should wait for it any more. That other nodes refuse connections, or do not hold
   * the table, counts only for a node that has had a majority: so it is where all of them start.
   *
   * @param patience for how long it is waited for; empty: for ever
   */
  synchronized boolean isGivenUp(Optional<Duration> patience, long now) {
    return !there
        && patience.isPresent()
        && (now - goneAt >= patience.get().toNanos() || (wasThere && (impossible || nowhere)));
  }
}
