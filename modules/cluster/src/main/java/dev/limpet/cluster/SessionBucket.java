package dev.limpet.cluster;

import akka.cluster.ddata.AbstractDeltaReplicatedData;
import akka.cluster.ddata.ReplicatedDelta;
import dev.limpet.model.Placement;
import dev.limpet.model.SessionKey;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Some of the moved sessions, as a delta-CRDT of sorted arrays: five longs an entry. Entries merge
 * one by one: the higher version wins, ties go to the larger backend, and the expiry is the maximum.
 * That is a join of a lattice, so merging is commutative, associative and idempotent; there is no
 * causal history to prune. A delta is a bucket, too.
 *
 * <p>An entry goes away when its expiry has passed; every node drops it by itself when it next
 * writes to the bucket. Until then a stale copy is only a few bytes: look-ups pass it over.
 *
 * <p>Immutable. Equal content has equal bytes, whatever the way it came about, so replicas that
 * agree have the same digest.
 */
final class SessionBucket extends AbstractDeltaReplicatedData<SessionBucket, SessionBucket>
    implements ReplicatedDelta {

  static final int LONGS = 5;
  static final SessionBucket EMPTY = new SessionBucket(new long[0], null);

  /** Key high, key low, backend, version, expiry; entries ordered by key. */
  private final long[] entries;

  private final @Nullable SessionBucket delta;

  private SessionBucket(long[] entries, @Nullable SessionBucket delta) {
    this.entries = entries;
    this.delta = delta;
  }

  /**
   * @param entries in the order of their keys; not copied
   * @throws IllegalArgumentException if they are cut short or out of order
   */
  static SessionBucket of(long[] entries) {
    if (entries.length % LONGS != 0) {
      throw new IllegalArgumentException(entries.length + " longs are not whole entries");
    }
    for (int at = LONGS; at < entries.length; at += LONGS) {
      if (compare(entries, at - LONGS, entries, at) >= 0) {
        throw new IllegalArgumentException("entries are out of order at " + at / LONGS);
      }
    }
    return new SessionBucket(entries, null);
  }

  /** The entries, not to be changed. */
  long[] entries() {
    return entries;
  }

  int size() {
    return entries.length / LONGS;
  }

  /** The place of a session that has not expired. */
  @Nullable Placement find(SessionKey key, long nowMillis) {
    int at = indexOf(key);
    return at < 0 || entries[at + 4] <= nowMillis
        ? null
        : new Placement(entries[at + 2], entries[at + 3]);
  }

  /** This bucket with one more entry, and without those that have expired. */
  SessionBucket put(SessionKey key, Placement place, long expiryMillis, long nowMillis) {
    long[] entry = {key.high(), key.low(), place.backend(), place.version(), expiryMillis};
    SessionBucket change = new SessionBucket(entry, null);
    SessionBucket changes = delta == null ? change : delta.mergeData(change);
    return new SessionBucket(merge(unexpired(entries, nowMillis), entry), changes);
  }

  @Override
  public SessionBucket mergeData(SessionBucket that) {
    if (that.entries.length == 0) {
      return this;
    }
    return new SessionBucket(merge(entries, that.entries), delta);
  }

  @Override
  public Optional<SessionBucket> deltaData() {
    return Optional.ofNullable(delta);
  }

  @Override
  public SessionBucket mergeDeltaData(SessionBucket change) {
    return mergeData(change);
  }

  @Override
  public SessionBucket resetDelta() {
    return delta == null ? this : new SessionBucket(entries, null);
  }

  @Override
  public SessionBucket zero() {
    return EMPTY;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof SessionBucket bucket && Arrays.equals(entries, bucket.entries);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(entries);
  }

  @Override
  public String toString() {
    return "SessionBucket(" + size() + " sessions)";
  }

  private int indexOf(SessionKey key) {
    int low = 0;
    int high = size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int at = middle * LONGS;
      int order = Long.compare(entries[at], key.high());
      if (order == 0) {
        order = Long.compare(entries[at + 1], key.low());
      }
      if (order == 0) {
        return at;
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -1;
  }

  private static long[] unexpired(long[] entries, long nowMillis) {
    long[] kept = new long[entries.length];
    int length = 0;
    for (int at = 0; at < entries.length; at += LONGS) {
      if (entries[at + 4] > nowMillis) {
        System.arraycopy(entries, at, kept, length, LONGS);
        length += LONGS;
      }
    }
    return length == entries.length ? entries : Arrays.copyOf(kept, length);
  }

  private static long[] merge(long[] a, long[] b) {
    long[] merged = new long[a.length + b.length];
    int length = 0;
    int i = 0;
    int j = 0;
    while (i < a.length || j < b.length) {
      int order = i == a.length ? 1 : j == b.length ? -1 : compare(a, i, b, j);
      if (order < 0) {
        System.arraycopy(a, i, merged, length, LONGS);
        i += LONGS;
      } else if (order > 0) {
        System.arraycopy(b, j, merged, length, LONGS);
        j += LONGS;
      } else {
        boolean first = a[i + 3] > b[j + 3] || (a[i + 3] == b[j + 3] && a[i + 2] >= b[j + 2]);
        System.arraycopy(first ? a : b, first ? i : j, merged, length, LONGS);
        merged[length + 4] = Math.max(a[i + 4], b[j + 4]);
        i += LONGS;
        j += LONGS;
      }
      length += LONGS;
    }
    return length == merged.length ? merged : Arrays.copyOf(merged, length);
  }

  private static int compare(long[] a, int i, long[] b, int j) {
    int order = Long.compare(a[i], b[j]);
    return order != 0 ? order : Long.compare(a[i + 1], b[j + 1]);
  }
}
