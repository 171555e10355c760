package dev.limpet.cluster.sessions;

import java.util.concurrent.atomic.LongAdder;

/** Counts of this node's session events since its process started. Safe for threads. */
public final class SessionCounters {

  private final LongAdder bound = new LongAdder();
  private final LongAdder moved = new LongAdder();
  private final LongAdder conflicts = new LongAdder();
  private final LongAdder quorumFailures = new LongAdder();
  private volatile double lagSeconds;

  SessionCounters() {}

  /** Sessions that were bound to the server that began them. */
  public long boundCount() {
    return bound.sum();
  }

  /** Times that a session needed a placement, its first one or another one. */
  public long movedCount() {
    return moved.sum();
  }

  /** Times that two nodes wanted to place the same session, and one had to give way. */
  public long conflictCount() {
    return conflicts.sum();
  }

  /** Times that no majority of the nodes answered. */
  public long quorumFailureCount() {
    return quorumFailures.sum();
  }

  /** Seconds that a change takes to the farthest node that answers, and word of it back. */
  public double lagSeconds() {
    return lagSeconds;
  }

  void bound() {
    bound.increment();
  }

  void moved() {
    moved.increment();
  }

  void conflict() {
    conflicts.increment();
  }

  void quorumFailed() {
    quorumFailures.increment();
  }

  void lag(double seconds) {
    lagSeconds = seconds;
  }
}
