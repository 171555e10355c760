package dev.limpet.cluster.sessions;

import dev.limpet.model.state.Placement;
import dev.limpet.model.state.SessionKey;
import dev.limpet.model.state.SplitMix64;
import java.util.Arrays;

/**
 * A small part of the session table as an array of longs, five an entry: key high, key low,
 * backend, version, expiry; entries ordered by key. Arrays are never changed once they are in the
 * table.
 *
 * <p>Buckets merge entry by entry: the higher version wins, ties go to the larger backend, and the
 * expiry is the maximum. That is the join of a lattice, so merging is commutative, associative and
 * idempotent; there is no causal history to prune. Equal content has an equal digest, whatever the
 * way it came about.
 */
final class Bucket {

  static final int LONGS = 5;
  static final long[] EMPTY = {};

  private static final int LOW = 1;
  private static final int BACKEND = 2;
  private static final int VERSION = 3;
  private static final int EXPIRY = 4;

  private Bucket() {}

  /**
   * Where the entry of the key begins, or a negative number. Keys are spread evenly, so the search
   * begins where the entry should be and is mostly over within a cache line or two.
   *
   * @param count about how many entries there are. The bucket knows it as well, but then the entry
   *     could be fetched from memory only after the array's head, which takes twice the time.
   */
  static int indexOf(long[] bucket, SessionKey key, int count) {
    // The key as a fraction of all keys, times the number of entries.
    int at = (int) Math.unsignedMultiplyHigh(key.high() ^ Long.MIN_VALUE, count) * LONGS;
    if (at >= bucket.length) {
      if (bucket.length == 0) {
        return -1;
      }
      at = bucket.length - LONGS;
    }
    int order = compare(bucket, at, key);
    if (order == 0) {
      return at;
    }
    int step = order < 0 ? LONGS : -LONGS;
    for (at += step; at >= 0 && at < bucket.length; at += step) {
      int next = compare(bucket, at, key);
      if (next == 0) {
        return at;
      }
      if (next < 0 != order < 0) {
        return -1;
      }
    }
    return -1;
  }

  static SessionKey key(long[] entries, int at) {
    return new SessionKey(entries[at], entries[at + LOW]);
  }

  static long backend(long[] entries, int at) {
    return entries[at + BACKEND];
  }

  static long version(long[] entries, int at) {
    return entries[at + VERSION];
  }

  static long expiry(long[] entries, int at) {
    return entries[at + EXPIRY];
  }

  /** One session. */
  static long[] entry(SessionKey key, Placement placement, long expiry) {
    return new long[] {key.high(), key.low(), placement.server(), placement.version(), expiry};
  }

  static int compare(long[] a, int i, long[] b, int j) {
    int order = Long.compare(a[i], b[j]);
    return order != 0 ? order : Long.compare(a[i + LOW], b[j + LOW]);
  }

  private static int compare(long[] bucket, int at, SessionKey key) {
    int order = Long.compare(bucket[at], key.high());
    return order != 0 ? order : Long.compare(bucket[at + LOW], key.low());
  }

  /**
   * @return {@code a} itself if {@code b} says nothing new
   */
  static long[] merge(long[] a, long[] b) {
    if (a.length == 0 || b.length == 0) {
      return b.length == 0 ? a : b;
    }
    long[] merged = new long[a.length + b.length];
    int length = 0;
    int i = 0;
    int j = 0;
    while (i < a.length || j < b.length) {
      int order = i == a.length ? 1 : j == b.length ? -1 : compare(a, i, b, j);
      boolean first = order < 0 || (order == 0 && !wins(b, j, a, i));
      System.arraycopy(first ? a : b, first ? i : j, merged, length, LONGS);
      if (order == 0) {
        merged[length + EXPIRY] = Math.max(a[i + EXPIRY], b[j + EXPIRY]);
      }
      i += order <= 0 ? LONGS : 0;
      j += order >= 0 ? LONGS : 0;
      length += LONGS;
    }
    return Arrays.equals(merged, 0, length, a, 0, a.length) ? a : Arrays.copyOf(merged, length);
  }

  /** Entries that live on at this time. */
  static long[] unexpired(long[] bucket, long millis) {
    return keep(bucket, millis + 1, Integer.MAX_VALUE);
  }

  /** The entries that will live longest: what has been idle for longest is left out. */
  static long[] liveliest(long[] bucket, int count) {
    int surplus = bucket.length / LONGS - count;
    if (surplus <= 0) {
      return bucket;
    }
    long[] expiries = new long[bucket.length / LONGS];
    for (int at = 0; at < bucket.length; at += LONGS) {
      expiries[at / LONGS] = bucket[at + EXPIRY];
    }
    Arrays.sort(expiries);
    return keep(bucket, expiries[surplus], count);
  }

  static long earliestExpiry(long[] bucket) {
    long earliest = Long.MAX_VALUE;
    for (int at = 0; at < bucket.length; at += LONGS) {
      earliest = Math.min(earliest, bucket[at + EXPIRY]);
    }
    return earliest;
  }

  static long digest(long[] bucket) {
    long sum = 0;
    for (int at = 0; at < bucket.length; at += LONGS) {
      long hash = 0;
      for (int i = at; i < at + LONGS; i++) {
        hash = SplitMix64.mix((hash + SplitMix64.GOLDEN_GAMMA) ^ bucket[i]);
      }
      sum += hash;
    }
    return sum;
  }

  private static boolean wins(long[] b, int j, long[] a, int i) {
    return b[j + VERSION] > a[i + VERSION]
        || (b[j + VERSION] == a[i + VERSION] && b[j + BACKEND] > a[i + BACKEND]);
  }

  private static long[] keep(long[] bucket, long fromExpiry, int atMost) {
    long[] kept = new long[bucket.length];
    int length = 0;
    for (int at = 0; at < bucket.length && length / LONGS < atMost; at += LONGS) {
      if (bucket[at + EXPIRY] >= fromExpiry) {
        System.arraycopy(bucket, at, kept, length, LONGS);
        length += LONGS;
      }
    }
    return length == bucket.length ? bucket : Arrays.copyOf(kept, length);
  }
}
