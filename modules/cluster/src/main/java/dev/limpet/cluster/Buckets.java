package dev.limpet.cluster;

import akka.cluster.ddata.Key;
import dev.limpet.model.SessionKey;

/**
 * How the session table is cut into buckets, and which replicator has which.
 *
 * <p>A replicator's digest covers a whole bucket and a change sends a digest of it, so buckets are
 * small: a hundred thousand moved sessions are about 100 entries of 40 bytes in each of 1,024 buckets,
 * 4 KB, far below a frame of 256 KiB. Two replicators, each one actor, share the work.
 */
final class Buckets {

  static final int COUNT = 1_024;
  static final int REPLICATORS = 2;
  static final String PREFIX = "sessions-";

  private Buckets() {}

  static int of(SessionKey key) {
    return (int) (key.low() >>> 48) & (COUNT - 1);
  }

  static int replicatorOf(int bucket) {
    return bucket % REPLICATORS;
  }

  static BucketKey key(int bucket) {
    return new BucketKey(PREFIX + bucket);
  }

  static int numberOf(Key<?> key) {
    return Integer.parseInt(key.id().substring(PREFIX.length()));
  }

  /** The name of a bucket in its replicator. */
  static final class BucketKey extends Key<SessionBucket> {
    private static final long serialVersionUID = 1L;

    BucketKey(String id) {
      super(id);
    }
  }
}
