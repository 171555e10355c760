package dev.limpet.cluster;

import dev.limpet.model.Placement;
import dev.limpet.model.SessionKey;
import java.io.NotSerializableException;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SessionBucketTest {

  private final ClusterSerializer serializer = new ClusterSerializer();

  @Property
  void mergingIsCommutativeAssociativeAndIdempotent(
      @ForAll("buckets") SessionBucket a,
      @ForAll("buckets") SessionBucket b,
      @ForAll("buckets") SessionBucket c) {
    assertThat(a.mergeData(b)).isEqualTo(b.mergeData(a));
    assertThat(a.mergeData(b).mergeData(c)).isEqualTo(a.mergeData(b.mergeData(c)));
    assertThat(a.mergeData(a)).isEqualTo(a);
  }

  @Property
  void aDeltaSaysAllThatTheWholeStateSays(
      @ForAll("buckets") SessionBucket before, @ForAll("puts") List<Put> puts) {
    SessionBucket after = before;
    for (Put put : puts) {
      after = put.to(after);
    }
    SessionBucket replica =
        after.deltaData().map(before::mergeDeltaData).orElse(before);
    assertThat(replica).isEqualTo(after);
  }

  @Property
  void equalContentHasEqualBytesWhateverTheOrderItCameIn(@ForAll("puts") List<Put> puts) {
    SessionBucket forwards = SessionBucket.EMPTY;
    for (Put put : puts) {
      forwards = put.to(forwards);
    }
    SessionBucket backwards = SessionBucket.EMPTY;
    for (Put put : puts.reversed()) {
      backwards = put.to(backwards);
    }
    assertThat(serializer.toBinary(forwards)).isEqualTo(serializer.toBinary(backwards));
  }

  @Property
  void bytesComeBackAsTheSameBucket(@ForAll("buckets") SessionBucket bucket)
      throws NotSerializableException {
    assertThat(serializer.fromBinary(serializer.toBinary(bucket), serializer.manifest(bucket)))
        .isEqualTo(bucket);
  }

  @Test
  void bytesThatAreCutShortOrOutOfOrderAreRefused() {
    SessionBucket two =
        new Put(1, 1, 1, 100).to(new Put(2, 1, 1, 100).to(SessionBucket.EMPTY));
    byte[] bytes = serializer.toBinary(two);
    assertThatThrownBy(() -> serializer.fromBinary(Arrays.copyOf(bytes, bytes.length - 1), "B1"))
        .isInstanceOf(NotSerializableException.class)
        .hasMessageContaining("B1");
    byte[] swapped = new byte[bytes.length];
    System.arraycopy(bytes, 0, swapped, 40, 40);
    System.arraycopy(bytes, 40, swapped, 0, 40);
    assertThatThrownBy(() -> serializer.fromBinary(swapped, "B1"))
        .isInstanceOf(NotSerializableException.class);
    assertThatThrownBy(() -> serializer.fromBinary(bytes, "B9"))
        .isInstanceOf(NotSerializableException.class)
        .hasMessageContaining("B9");
  }

  @Test
  void theLaterPlacementHoldsAndAnExpiredOneIsGone() {
    SessionKey key = new SessionKey(0, 7);
    SessionBucket bucket =
        SessionBucket.EMPTY
            .put(key, new Placement(1, 20), 1000, 0)
            .put(key, new Placement(2, 10), 500, 0);
    assertThat(bucket.find(key, 0)).isEqualTo(new Placement(1, 20));
    assertThat(bucket.find(key, 1000)).isNull();
    assertThat(bucket.put(new SessionKey(0, 8), new Placement(1, 30), 5000, 1000).size())
        .as("what has expired goes with the next write")
        .isEqualTo(1);
  }

  @Test
  void aClockThatGoesBackDoesNotMakeALaterDecisionEarlier() {
    long[] wall = {1_000};
    HybridClock clock = new HybridClock(() -> wall[0]);
    long first = clock.next();
    wall[0] = 1;
    long second = clock.next();
    clock.observe(second + 1_000_000);
    assertThat(second).isGreaterThan(first);
    assertThat(clock.next()).isGreaterThan(second + 1_000_000);
  }

  @Provide
  Arbitrary<List<Put>> puts() {
    // Few keys and values, so that entries really meet.
    return Combinators.combine(
            Arbitraries.longs().between(0, 5),
            Arbitraries.longs().between(1, 3),
            Arbitraries.longs().between(1, 4),
            Arbitraries.longs().between(1, 50))
        .as(Put::new)
        .list()
        .ofMaxSize(8);
  }

  @Provide
  Arbitrary<SessionBucket> buckets() {
    return puts()
        .map(
            list -> {
              SessionBucket bucket = SessionBucket.EMPTY;
              for (Put put : list) {
                bucket = put.to(bucket);
              }
              return bucket.resetDelta();
            });
  }

  record Put(long key, long backend, long version, long expiry) {
    SessionBucket to(SessionBucket bucket) {
      return bucket.put(new SessionKey(key / 2, key), new Placement(backend, version), expiry, 0);
    }
  }
}
