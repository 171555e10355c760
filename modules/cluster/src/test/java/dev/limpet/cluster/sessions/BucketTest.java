package dev.limpet.cluster.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.model.state.Placement;
import dev.limpet.model.state.SessionKey;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class BucketTest {

  @Property
  void mergingIsCommutativeAssociativeAndIdempotent(
      @ForAll("buckets") long[] a, @ForAll("buckets") long[] b, @ForAll("buckets") long[] c) {
    assertThat(Bucket.merge(a, b)).isEqualTo(Bucket.merge(b, a));
    assertThat(Bucket.merge(Bucket.merge(a, b), c)).isEqualTo(Bucket.merge(a, Bucket.merge(b, c)));
    assertThat(Bucket.merge(a, a)).isSameAs(a);
  }

  @Property
  void equalContentHasAnEqualDigestWhateverTheOrderItCameIn(
      @ForAll("entries") List<long[]> entries) {
    assertThat(Bucket.digest(merged(entries))).isEqualTo(Bucket.digest(merged(entries.reversed())));
  }

  @Property
  void contentThatDiffersHasAnotherDigest(
      @ForAll("buckets") long[] a, @ForAll("buckets") long[] b) {
    assertThat(Bucket.digest(a) == Bucket.digest(b)).isEqualTo(Arrays.equals(a, b));
  }

  @Property
  void entriesStayInOrder(@ForAll("entries") List<long[]> entries) {
    long[] bucket = merged(entries);
    for (int at = Bucket.LONGS; at < bucket.length; at += Bucket.LONGS) {
      assertThat(Bucket.compare(bucket, at - Bucket.LONGS, bucket, at)).isNegative();
    }
    for (long[] entry : entries) {
      assertThat(Bucket.indexOf(bucket, Bucket.key(entry, 0), entries.size())).isNotNegative();
    }
  }

  @Property
  void keysAreFoundIfTheyAreThereAndOnlyThenHoweverWrongTheGuess(
      @ForAll("keys") Set<Long> there, @ForAll long other, @ForAll @IntRange(max = 100) int count) {
    long[] bucket = merged(there.stream().map(key -> entry(key, 1, 1, 1)).toList());
    for (long key : there) {
      int at = Bucket.indexOf(bucket, new SessionKey(key, -key), count);
      assertThat(Bucket.key(bucket, at)).isEqualTo(new SessionKey(key, -key));
      assertThat(Bucket.indexOf(bucket, new SessionKey(key, 1 - key), count)).isNegative();
    }
    assertThat(Bucket.indexOf(bucket, new SessionKey(other, -other), count) >= 0)
        .isEqualTo(there.contains(other));
  }

  @Test
  void theLaterPlacementHoldsAndTheLongerLife() {
    SessionKey key = new SessionKey(-3, 7);
    long[] later = Bucket.entry(key, new Placement(1, 20), 500);
    long[] longer = Bucket.entry(key, new Placement(2, 10), 1000);
    assertThat(Bucket.merge(later, longer))
        .isEqualTo(Bucket.entry(key, new Placement(1, 20), 1000));
  }

  @Test
  void whatHasExpiredGoesAndNothingElse() {
    long[] bucket = merged(List.of(entry(1, 1, 1, 10), entry(2, 1, 1, 11), entry(3, 1, 1, 9)));
    assertThat(Bucket.unexpired(bucket, 10)).isEqualTo(entry(2, 1, 1, 11));
    assertThat(Bucket.unexpired(bucket, 8)).isSameAs(bucket);
  }

  @Test
  void aFullBucketKeepsWhatWasUsedLast() {
    long[] bucket = merged(List.of(entry(1, 1, 1, 10), entry(2, 1, 1, 30), entry(3, 1, 1, 20)));
    assertThat(Bucket.liveliest(bucket, 2))
        .isEqualTo(merged(List.of(entry(2, 1, 1, 30), entry(3, 1, 1, 20))));
    assertThat(Bucket.liveliest(bucket, 3)).isSameAs(bucket);
  }

  @Provide
  Arbitrary<Set<Long>> keys() {
    return Arbitraries.longs().set().ofMaxSize(40);
  }

  @Provide
  Arbitrary<List<long[]>> entries() {
    // Few keys and values, so that entries really meet.
    return Combinators.combine(
            Arbitraries.longs().between(-3, 3),
            Arbitraries.longs().between(1, 3),
            Arbitraries.longs().between(1, 4),
            Arbitraries.longs().between(1, 50))
        .as(BucketTest::entry)
        .list()
        .ofMaxSize(8);
  }

  @Provide
  Arbitrary<long[]> buckets() {
    return entries().map(BucketTest::merged);
  }

  private static long[] merged(List<long[]> entries) {
    return entries.stream().reduce(Bucket.EMPTY, Bucket::merge);
  }

  private static long[] entry(long key, long backend, long version, long expiry) {
    return Bucket.entry(new SessionKey(key, -key), new Placement(backend, version), expiry);
  }
}
