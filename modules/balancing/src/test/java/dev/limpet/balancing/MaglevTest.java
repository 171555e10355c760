package dev.limpet.balancing;

import static dev.limpet.balancing.Backends.backend;
import static dev.limpet.balancing.Backends.limited;
import static dev.limpet.balancing.Backends.picks;
import static dev.limpet.balancing.Backends.selector;
import static dev.limpet.balancing.Backends.shares;
import static dev.limpet.balancing.Backends.weighted;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.limpet.model.settings.BalancingMethod;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MaglevTest {

  private static final BalancingMethod IP_HASH = new BalancingMethod.IpHash();
  private static final int KEYS = 100_000;

  private static List<Backend> servers(int count) {
    return new ArrayList<>(
        IntStream.range(0, count).mapToObj(i -> backend("10.0.0." + i + ":3000", 1)).toList());
  }

  @Test
  void theSameKeyGetsTheSameServerWhateverTheOrderOfTheList() {
    List<Backend> backends = weighted(1, 2, 3, 4);
    Selector selector = selector(IP_HASH, backends);
    List<Backend> shuffled = new ArrayList<>(backends);
    Collections.shuffle(shuffled, new Random(1));
    Selector other = selector(IP_HASH, shuffled);
    Random random = new Random(4711);
    for (int i = 0; i < 1_000; i++) {
      long key = random.nextLong();
      assertThat(selector.pick(key, Set.of()))
          .isSameAs(selector.pick(key, Set.of()))
          .isSameAs(other.pick(key, Set.of()));
    }
  }

  @Test
  void keysAreSharedByWeight() {
    Map<String, Integer> shares = shares(selector(IP_HASH, weighted(1, 2, 5)), KEYS);
    assertThat(shares.get("a")).isCloseTo(KEYS / 8, within(500));
    assertThat(shares.get("b")).isCloseTo(KEYS / 4, within(700));
    assertThat(shares.get("c")).isCloseTo(KEYS * 5 / 8, within(800));
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 9, 99})
  void aServerThatIsAddedTakesLittleMoreThanItsShare(int before) {
    List<Backend> backends = servers(before + 1);
    Backend added = backends.getLast();
    Selector without = selector(IP_HASH, backends.subList(0, before));
    Selector with = selector(IP_HASH, backends);
    Random random = new Random(4711);
    int toIt = 0;
    int amongOthers = 0;
    for (int i = 0; i < KEYS; i++) {
      long key = random.nextLong();
      Backend now = with.pick(key, Set.of());
      if (now == added) {
        toIt++;
      } else if (now != without.pick(key, Set.of())) {
        amongOthers++;
      }
    }
    assertThat(toIt).isCloseTo(KEYS / (before + 1), within(KEYS / (before + 1) / 8 + 300));
    assertThat(amongOthers).isLessThan(KEYS / 50);
  }

  @Test
  void aKeyWhoseServerIsTriedOrFullHasAnotherOneOfItsOwn() {
    List<Backend> backends = servers(10);
    Selector selector = selector(IP_HASH, backends);
    Backend home = Objects.requireNonNull(selector.pick(42, Set.of()));
    Backend second = selector.pick(42, Set.of(home));
    assertThat(second).isNotNull().isNotSameAs(home).isSameAs(selector.pick(42, Set.of(home)));

    List<Backend> small = List.of(limited("a", 1), limited("b", 1));
    Selector limited = selector(IP_HASH, small);
    Backend full = Objects.requireNonNull(limited.pick(42, Set.of()));
    full.tryBegin();
    assertThat(limited.pick(42, Set.of())).isNotNull().isNotSameAs(full);
    assertThat(limited.pick(42, Set.copyOf(small))).isNull();
  }

  @Test
  void theLastServerLeftOfManyIsFound() {
    List<Backend> backends = servers(200);
    Backend last = backends.getLast();
    Selector selector = selector(IP_HASH, backends);
    assertThat(selector.pick(42, Set.copyOf(backends.subList(0, 199)))).isSameAs(last);
  }

  @Test
  void requestsWithoutAKeyTakeTurns() {
    assertThat(
            picks(
                selector(new BalancingMethod.Hash(BalancingMethod.Source.PATH, ""), weighted(2, 1)),
                6))
        .isEqualTo("abaaba");
    assertThat(selector(IP_HASH, List.of()).pick(42, Set.of())).isNull();
  }

  @Test
  void everyServerHasKeys() {
    int[] weights = IntStream.range(0, 300).map(i -> i == 0 ? 1 : 1000).toArray();
    List<Backend> backends = new ArrayList<>();
    for (int i = 0; i < weights.length; i++) {
      backends.add(backend("s" + i, weights[i]));
    }
    assertThat(shares(selector(IP_HASH, backends), 2_000_000)).hasSize(300);
  }
}
