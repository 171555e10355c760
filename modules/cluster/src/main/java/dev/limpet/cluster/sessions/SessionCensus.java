package dev.limpet.cluster.sessions;

import java.util.HashMap;
import java.util.Map;

/**
 * A count of the table.
 *
 * @param byBackend sessions by the hash of their server's {@link
 *     dev.limpet.model.settings.ServerId}
 */
public record SessionCensus(long total, Map<Long, Long> byBackend) {

  /** Looks at every session: some milliseconds for a million. */
  static SessionCensus of(SessionStore store, long millis) {
    Map<Long, Long> byBackend = new HashMap<>();
    long total = 0;
    for (int number = 0; number < SessionStore.BUCKETS; number++) {
      long[] bucket = store.bucket(number);
      for (int at = 0; at < bucket.length; at += Bucket.LONGS) {
        if (Bucket.expiry(bucket, at) > millis) {
          byBackend.merge(Bucket.backend(bucket, at), 1L, Long::sum);
          total++;
        }
      }
    }
    return new SessionCensus(total, Map.copyOf(byBackend));
  }
}
