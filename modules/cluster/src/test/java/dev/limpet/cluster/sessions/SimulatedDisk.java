package dev.limpet.cluster.sessions;

import java.util.Arrays;
import java.util.Random;

/**
 * The disk of a simulated machine, and its wall clock: the sessions that clients use, as they were
 * when they were written last.
 */
final class SimulatedDisk {

  /**
   * Between two times at which a node writes its table; 30 s are longer than all of a simulation.
   */
  static final long PERIOD = 4_000 * SimulatedPlan.MILLI;

  private long[] entries = {};
  private long clusterMillis;
  private long wallMillis;
  private boolean written;
  private long wallClock;

  SimulatedDisk(Random random) {
    this.wallClock = 1_700_000_000_000L + random.nextLong(-3_600_000, 3_600_000);
  }

  long wallClock(long now) {
    return wallClock + now / SimulatedPlan.MILLI;
  }

  /** The wall clock is set. */
  void jump(long millis) {
    wallClock += millis;
  }

  void write(Sessions sessions) {
    long[] all = new long[SimulatedPlan.KEYS * Bucket.LONGS];
    int length = 0;
    for (int number = 0; number < SimulatedPlan.KEYS; number++) {
      long[] entry = sessions.store().entry(SimulatedClients.key(number));
      if (entry != null) {
        System.arraycopy(entry, 0, all, length, entry.length);
        length += entry.length;
      }
    }
    entries = Arrays.copyOf(all, length);
    clusterMillis = sessions.clock().millis();
    wallMillis = sessions.clock().wallMillis();
    written = true;
  }

  /** As {@link TableFile} reads it. */
  void read(Sessions sessions) {
    if (written) {
      sessions.clock().resume(clusterMillis, wallMillis);
      sessions.restore(Bucket.unexpired(entries, sessions.clock().millis()));
    }
  }

  /** What is left of a file that was torn, or nothing. */
  void damage(int sessionsLeft) {
    entries = Arrays.copyOf(entries, Math.min(entries.length, sessionsLeft * Bucket.LONGS));
    written = sessionsLeft > 0;
  }
}
