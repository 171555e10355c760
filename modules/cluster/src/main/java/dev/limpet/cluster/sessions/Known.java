package dev.limpet.cluster.sessions;

import dev.limpet.model.state.Placement;
import org.jspecify.annotations.Nullable;

/**
 * A node's word on one session. In messages, where there are many, it is {@link #LONGS} longs in
 * this order.
 *
 * @param certainty one of the constants
 * @param version of the placement; of a refusal, the ballot that was promised
 * @param expiry by the cluster's time in milliseconds
 */
record Known(long certainty, long backend, long version, long expiry) {

  static final int LONGS = 4;

  static final long NOTHING = 0;

  /** The placement holds. */
  static final long DECIDED = 1;

  /** The placement was accepted here; whether a majority did is not known. */
  static final long ACCEPTED = 2;

  /** A higher ballot was promised. */
  static final long REFUSED = 3;

  static Known refused(long promised) {
    return new Known(REFUSED, 0, promised, 0);
  }

  /** The one with this index among several. */
  static Known of(long[] known, int index) {
    int at = index * LONGS;
    return new Known(known[at], known[at + 1], known[at + 2], known[at + 3]);
  }

  /** The highest ballot that was promised to others; 0 if none was. */
  static long highestRefusal(long[] known) {
    long highest = 0;
    for (int i = 0; i < known.length / LONGS; i++) {
      Known one = of(known, i);
      highest = one.isRefused() ? Math.max(highest, one.version) : highest;
    }
    return highest;
  }

  /** Writes it in the place of this index. */
  void write(long[] known, int index) {
    int at = index * LONGS;
    known[at] = certainty;
    known[at + 1] = backend;
    known[at + 2] = version;
    known[at + 3] = expiry;
  }

  boolean isNothing() {
    return certainty == NOTHING;
  }

  boolean isDecided() {
    return certainty == DECIDED;
  }

  boolean isRefused() {
    return certainty == REFUSED;
  }

  Placement placement() {
    return new Placement(backend, version);
  }

  /** Whether it tells more than another node's word, neither of which is a refusal. */
  boolean tellsMoreThan(@Nullable Known other) {
    return !isNothing()
        && (other == null || version > other.version || (version == other.version && isDecided()));
  }
}
