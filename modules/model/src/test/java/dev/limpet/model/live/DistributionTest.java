package dev.limpet.model.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DistributionTest {

  @ParameterizedTest
  @ValueSource(doubles = {0.5, 0.9, 0.99, 0.999, 1})
  void percentilesAreRightToWithinTwoPercentAlsoOfSeveralNodes(double share) {
    Random random = new Random(19);
    // From microseconds to minutes, with a long tail, as answers have it; three nodes unlike.
    long[][] nodes =
        IntStream.range(0, 3)
            .mapToObj(
                node ->
                    random
                        .doubles(20_000)
                        .mapToLong(one -> (long) (20_000 * (node + 1) / Math.pow(1 - one, 1.5)))
                        .toArray())
            .toArray(long[][]::new);
    long[] all = Arrays.stream(nodes).flatMapToLong(Arrays::stream).sorted().toArray();
    Distribution merged =
        Arrays.stream(nodes)
            .map(DistributionTest::of)
            .reduce(Distribution.EMPTY, Distribution::plus);
    double exact = all[(int) Math.ceil(share * all.length) - 1];
    assertThat(merged.percentile(share)).isCloseTo(exact, within(exact * 0.02));
    assertThat(merged.count()).isEqualTo(all.length);
    assertThat(merged.sumNanos()).isEqualTo(LongStream.of(all).sum());
  }

  @Test
  void itDoesNotMatterInWhichOrderTheyAreMerged() {
    Distribution one = of(1, 50, 1_000_000);
    Distribution two = of(50, 3_000_000_000L);
    Distribution three = of(7);
    assertThat(one.plus(two).plus(three)).isEqualTo(three.plus(two.plus(one)));
    assertThat(one.plus(Distribution.EMPTY)).isEqualTo(one);
  }

  @Test
  void whatHasComeSinceIsTheDifference() {
    Distribution before = of(10, 20, 30_000_000);
    Distribution since = of(20, 40_000_000);
    assertThat(before.plus(since).since(before)).isEqualTo(since);
    assertThat(before.since(before).isEmpty()).isTrue();
    // A process that has started anew has counted less than it had before.
    assertThat(of(10).since(before)).isEqualTo(Distribution.EMPTY);
  }

  @Test
  void bucketsAreInOrderAndEveryTimeHasOne() {
    int last = -1;
    for (long nanos = 0; nanos < 10_000; nanos++) {
      int bucket = Distribution.bucket(nanos);
      assertThat(bucket).isBetween(last, last + 1);
      last = bucket;
    }
    assertThat(Distribution.bucket(-1)).isZero();
    assertThat(Distribution.bucket(Long.MAX_VALUE)).isEqualTo(Distribution.BUCKETS - 1);
    assertThat(Distribution.bucket(60_000_000_000L)).isLessThan(Distribution.BUCKETS - 1);
  }

  @Test
  void countsUpToABoundAreThoseBelowIt() {
    Distribution times = of(400_000, 600_000, 900_000, 2_000_000);
    assertThat(times.upTo(500_000)).isOne();
    assertThat(times.upTo(1_000_000)).isEqualTo(3);
    assertThat(times.upTo(Long.MAX_VALUE)).isEqualTo(4);
  }

  @Test
  void whatIsNoBucketIsRefused() {
    assertThatThrownBy(() -> Distribution.of(new TreeMap<>(Map.of(Distribution.BUCKETS, 1L)), 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Distribution.of(new TreeMap<>(Map.of(1, -1L)), 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static Distribution of(long... nanos) {
    TreeMap<Integer, Long> counts = new TreeMap<>();
    LongStream.of(nanos).forEach(one -> counts.merge(Distribution.bucket(one), 1L, Long::sum));
    return Distribution.of(counts, LongStream.of(nanos).sum());
  }
}
