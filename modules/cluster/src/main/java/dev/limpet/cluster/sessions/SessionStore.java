package dev.limpet.cluster.sessions;

import dev.limpet.model.state.SessionKey;
import dev.limpet.model.state.SplitMix64;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The sessions that this node holds, in {@link #BUCKETS} buckets. Any thread reads, without a lock:
 * a read is one array and a search in it. A writer holds the lock for the time of one bucket.
 *
 * <p>The digests of the buckets, and of groups of buckets, are kept with every change, so that
 * nodes find out what they do not share at the price of some numbers.
 */
final class SessionStore {

  /**
   * A million sessions are 15 a bucket, 600 bytes: small enough to be copied for each change and to
   * be searched within a few cache lines, large enough for the 36 bytes that a bucket costs.
   */
  static final int BUCKETS = 65_536;

  static final int GROUPS = 256;
  static final int GROUP_SIZE = BUCKETS / GROUPS;

  private final AtomicReferenceArray<long[]> buckets = new AtomicReferenceArray<>(BUCKETS);

  /** Of the entries in each; readers take it for a guess. */
  private final short[] counts = new short[BUCKETS];

  private final long[] digests = new long[BUCKETS];
  private final long[] groupDigests = new long[GROUPS];
  private final long[] earliestExpiries = new long[BUCKETS];
  private final int bucketLimit;
  private final LongAdder size = new LongAdder();
  private final LongAdder expired = new LongAdder();
  private final LongAdder evicted = new LongAdder();

  /**
   * @param maxSessions from 500,000 on; the table holds about as many and never twice as many
   */
  SessionStore(int maxSessions) {
    double mean = (double) maxSessions / BUCKETS;
    // Each bucket has its limit, so that nodes agree on what to give up. Keys fall on buckets at
    // random: two deviations above the mean are reached by few before the table as a whole is full.
    bucketLimit = (int) Math.ceil(mean + 2 * Math.sqrt(mean));
    for (int bucket = 0; bucket < BUCKETS; bucket++) {
      buckets.setPlain(bucket, Bucket.EMPTY);
    }
    Arrays.fill(earliestExpiries, Long.MAX_VALUE);
  }

  static int bucketOf(SessionKey key) {
    return (int) ((key.low() * SplitMix64.GOLDEN_GAMMA) >>> 48);
  }

  /** The bucket of a key, not to be changed. */
  long[] bucket(SessionKey key) {
    return buckets.get(bucketOf(key));
  }

  /** Where the entry of a key begins in its bucket, or a negative number. */
  int indexOf(long[] bucket, SessionKey key) {
    return Bucket.indexOf(bucket, key, counts[bucketOf(key)]);
  }

  /** A bucket by its number, not to be changed. */
  long[] bucket(int number) {
    return buckets.get(number);
  }

  /** The entry of a key, or null. */
  long @Nullable [] entry(SessionKey key) {
    long[] bucket = bucket(key);
    int at = indexOf(bucket, key);
    return at < 0 ? null : Arrays.copyOfRange(bucket, at, at + Bucket.LONGS);
  }

  /** Takes in entries, in any order. */
  void merge(long[] entries) {
    int from = 0;
    while (from < entries.length) {
      int bucket = bucketOf(Bucket.key(entries, from));
      int to = from + Bucket.LONGS;
      while (to < entries.length
          && bucketOf(Bucket.key(entries, to)) == bucket
          && Bucket.compare(entries, to - Bucket.LONGS, entries, to) < 0) {
        to += Bucket.LONGS;
      }
      merge(
          bucket,
          from == 0 && to == entries.length ? entries : Arrays.copyOfRange(entries, from, to));
      from = to;
    }
  }

  /** Drops what has expired at this time. */
  void expire(long millis) {
    for (int first = 0; first < BUCKETS; first += GROUP_SIZE) {
      if (hasExpired(first, millis)) {
        for (int bucket = first; bucket < first + GROUP_SIZE; bucket++) {
          expire(bucket, millis);
        }
      }
    }
  }

  /** The sums of the digests of each group's buckets; a copy. */
  synchronized long[] groupDigests() {
    return groupDigests.clone();
  }

  /** The digests of a group's buckets; a copy. */
  synchronized long[] digests(int group) {
    return Arrays.copyOfRange(digests, group * GROUP_SIZE, (group + 1) * GROUP_SIZE);
  }

  /** Sessions held, those included that have expired a moment ago. */
  long size() {
    return size.sum();
  }

  /** Sessions that were dropped at the end of their time. */
  long expired() {
    return expired.sum();
  }

  /** Sessions that were dropped because the table was full. */
  long evicted() {
    return evicted.sum();
  }

  /**
   * Whether something has in a group, by its first bucket: one lock instead of one for each bucket.
   */
  private synchronized boolean hasExpired(int first, long millis) {
    for (int bucket = first; bucket < first + GROUP_SIZE; bucket++) {
      if (earliestExpiries[bucket] <= millis) {
        return true;
      }
    }
    return false;
  }

  private synchronized void expire(int bucket, long millis) {
    if (earliestExpiries[bucket] <= millis) {
      long[] before = buckets.get(bucket);
      long[] after = Bucket.unexpired(before, millis);
      expired.add((before.length - after.length) / Bucket.LONGS);
      replace(bucket, before, after);
      earliestExpiries[bucket] = Bucket.earliestExpiry(after);
    }
  }

  @SuppressWarnings("ReferenceEquality") // Merging gives the same array back if nothing is new.
  private synchronized void merge(int bucket, long[] entries) {
    long[] before = buckets.get(bucket);
    long[] merged = Bucket.merge(before, entries);
    if (merged != before) {
      long[] after = Bucket.liveliest(merged, bucketLimit);
      evicted.add((merged.length - after.length) / Bucket.LONGS);
      replace(bucket, before, after);
      earliestExpiries[bucket] = Math.min(earliestExpiries[bucket], Bucket.earliestExpiry(entries));
    }
  }

  private void replace(int bucket, long[] before, long[] after) {
    long digest = Bucket.digest(after);
    groupDigests[bucket / GROUP_SIZE] += digest - digests[bucket];
    digests[bucket] = digest;
    size.add((after.length - before.length) / Bucket.LONGS);
    counts[bucket] = (short) (after.length / Bucket.LONGS);
    buckets.set(bucket, after);
  }
}
