package dev.limpet.model.live;

import java.util.Arrays;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How long things took: times in buckets, each of which is 3 % wide (32 for each power of two, as
 * in Gil Tene's HdrHistogram). So a percentile is right to within 1.6 %, and that of several nodes
 * is that of all their times together. Immutable.
 */
public final class Distribution {

  public static final Distribution EMPTY = new Distribution(new int[0], new long[0], 0);

  private static final int SUB_BITS = 5;
  private static final int SUBS = 1 << SUB_BITS;

  /** Half an hour and more; longer times count as that. */
  private static final int LONGEST_EXPONENT = 41;

  /** Buckets are numbered from 0 to below this. */
  public static final int BUCKETS = (LONGEST_EXPONENT - SUB_BITS + 2) * SUBS;

  /** Ascending, and none without a count. */
  private final int[] buckets;

  private final long[] counts;
  private final long sumNanos;

  private Distribution(int[] buckets, long[] counts, long sumNanos) {
    this.buckets = buckets;
    this.counts = counts;
    this.sumNanos = sumNanos;
  }

  /**
   * @param counts by bucket; those that are 0 do not matter
   * @param sumNanos of all times
   */
  public static Distribution of(SortedMap<Integer, Long> counts, long sumNanos) {
    int[] buckets = new int[counts.size()];
    long[] values = new long[counts.size()];
    int filled = 0;
    for (Map.Entry<Integer, Long> entry : counts.entrySet()) {
      if (entry.getKey() < 0 || entry.getKey() >= BUCKETS || entry.getValue() < 0) {
        throw new IllegalArgumentException("no bucket, or no count: " + entry);
      }
      if (entry.getValue() > 0) {
        buckets[filled] = entry.getKey();
        values[filled++] = entry.getValue();
      }
    }
    return new Distribution(
        Arrays.copyOf(buckets, filled), Arrays.copyOf(values, filled), Math.max(0, sumNanos));
  }

  /** The bucket of a time; negative ones count as 0. */
  public static int bucket(long nanos) {
    if (nanos < SUBS) {
      return (int) Math.max(0, nanos);
    }
    int exponent = 63 - Long.numberOfLeadingZeros(nanos);
    if (exponent > LONGEST_EXPONENT) {
      return BUCKETS - 1;
    }
    int sub = (int) (nanos >>> (exponent - SUB_BITS)) & (SUBS - 1);
    return (exponent - SUB_BITS + 1) * SUBS + sub;
  }

  /** The least time of a bucket, in nanoseconds. */
  private static long from(int bucket) {
    if (bucket < SUBS) {
      return bucket;
    }
    int exponent = bucket / SUBS + SUB_BITS - 1;
    return (long) (SUBS + bucket % SUBS) << (exponent - SUB_BITS);
  }

  private static double middle(int bucket) {
    return bucket < SUBS ? bucket : (from(bucket) + from(bucket + 1)) / 2.0;
  }

  public boolean isEmpty() {
    return counts.length == 0;
  }

  public long count() {
    return Arrays.stream(counts).sum();
  }

  public long sumNanos() {
    return sumNanos;
  }

  /** The counts by bucket, none of them 0. */
  public SortedMap<Integer, Long> counts() {
    SortedMap<Integer, Long> all = new TreeMap<>();
    for (int i = 0; i < buckets.length; i++) {
      all.put(buckets[i], counts[i]);
    }
    return all;
  }

  /**
   * The time that this share of all did not exceed, in nanoseconds; 0 where there are none.
   *
   * @param share 0 to 1, such as 0.99
   */
  public double percentile(double share) {
    long rank = Math.max(1, (long) Math.ceil(share * count()));
    long before = 0;
    for (int i = 0; i < buckets.length; i++) {
      before += counts[i];
      if (before >= rank) {
        return middle(buckets[i]);
      }
    }
    return 0;
  }

  /** How many took no longer than this, to within the width of a bucket. */
  public long upTo(long nanos) {
    long below = 0;
    for (int i = 0; i < buckets.length && middle(buckets[i]) <= nanos; i++) {
      below += counts[i];
    }
    return below;
  }

  /** The times of both. */
  public Distribution plus(Distribution other) {
    return combined(other, 1);
  }

  /**
   * The times that have come since.
   *
   * @param before an earlier state of the same; what is not (a process has started anew) counts as
   *     nothing
   */
  public Distribution since(Distribution before) {
    return combined(before, -1);
  }

  private Distribution combined(Distribution other, int sign) {
    SortedMap<Integer, Long> sums = counts();
    for (int i = 0; i < other.buckets.length; i++) {
      sums.merge(other.buckets[i], sign * other.counts[i], (one, two) -> Math.max(0, one + two));
    }
    sums.values().removeIf(count -> count <= 0);
    return of(sums, sumNanos + sign * other.sumNanos);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Distribution that
        && sumNanos == that.sumNanos
        && Arrays.equals(buckets, that.buckets)
        && Arrays.equals(counts, that.counts);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(buckets) * 31 + Arrays.hashCode(counts);
  }

  @Override
  public String toString() {
    return count() + " times, half of them up to " + percentile(0.5) / 1e6 + " ms";
  }
}
