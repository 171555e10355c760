package dev.limpet.cluster.state;

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
  private long goneAt;

  /**
   * @param now in nanoseconds, as {@link System#nanoTime}; a node starts without a majority
   */
  public Majority(long now) {
    this.goneAt = now;
  }

  /** Whether so many nodes answer that they make a majority with this one. */
  public synchronized void is(boolean there, long now) {
    if (this.there && !there) {
      goneAt = now;
    }
    impossible &= !there;
    wasThere |= there;
    this.there = there;
  }

  /** Whether so many nodes refuse connections that there cannot be a majority. */
  synchronized void isImpossible(boolean impossible) {
    this.impossible = impossible && !there;
  }

  synchronized boolean isThere() {
    return there;
  }

  /**
   * Whether nobody should wait for it any more. That other nodes refuse connections counts only for
   * a node that has had a majority: nodes that start refuse them, too.
   *
   * @param patience for how long it is waited for; empty: for ever
   */
  synchronized boolean isGivenUp(Optional<Duration> patience, long now) {
    return !there
        && patience.isPresent()
        && (now - goneAt >= patience.get().toNanos() || (wasThere && impossible));
  }
}
