package dev.limpet.transport.meter;

import dev.limpet.model.live.Distribution;
import java.util.NavigableMap;
import java.util.TreeMap;

/** Times that one thread measures and any thread may read: some kilobytes, one write for each. */
public final class Times {

  private final Counters counts = new Counters(Distribution.BUCKETS);
  private final Counter sum = new Counter();

  /** For the thread whose times they are. */
  public void record(long nanos) {
    counts.increment(Distribution.bucket(nanos));
    sum.add(Math.max(0, nanos));
  }

  public Distribution distribution() {
    NavigableMap<Integer, Long> byBucket = new TreeMap<>();
    long total = sum.get();
    counts.forEach(byBucket::put);
    return Distribution.of(byBucket, total);
  }
}
