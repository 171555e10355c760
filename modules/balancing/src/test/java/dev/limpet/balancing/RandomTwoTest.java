package dev.limpet.balancing;

import static dev.limpet.balancing.Backends.limited;
import static dev.limpet.balancing.Backends.picks;
import static dev.limpet.balancing.Backends.selector;
import static dev.limpet.balancing.Backends.shares;
import static dev.limpet.balancing.Backends.weighted;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.limpet.model.settings.BalancingMethod;
import dev.limpet.model.settings.BalancingMethod.Measure;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RandomTwoTest {

  private static final BalancingMethod BY_CONNECTIONS =
      new BalancingMethod.RandomTwo(Measure.CONNECTIONS);
  private static final BalancingMethod BY_TIME = new BalancingMethod.RandomTwo(Measure.LAST_BYTE);

  @Test
  void idleServersAreDrawnByWeight() {
    Map<String, Integer> shares = shares(selector(BY_CONNECTIONS, weighted(1, 3, 4)), 80_000);
    assertThat(shares.get("a")).isCloseTo(10_000, within(400));
    assertThat(shares.get("b")).isCloseTo(30_000, within(600));
    assertThat(shares.get("c")).isCloseTo(40_000, within(600));
  }

  @Test
  void theBusierOfTheTwoIsNotTaken() {
    List<Backend> backends = weighted(1, 1, 1);
    backends.get(0).tryBegin();
    backends.get(1).setElsewhere(1);
    Map<String, Integer> shares = shares(selector(BY_CONNECTIONS, backends), 9_000);
    // Two of three are drawn; c is one of them in two of three draws.
    assertThat(shares.get("c")).isCloseTo(6_000, within(200));
    assertThat(shares.get("a")).isCloseTo(1_500, within(150));
  }

  @Test
  void byTimeTheSlowerOfTheTwoIsNotTaken() {
    List<Backend> backends = weighted(1, 1, 1);
    backends.get(0).took(9_000);
    backends.get(1).took(2_000);
    backends.get(2).took(1_000);
    Map<String, Integer> shares = shares(selector(BY_TIME, backends), 9_000);
    assertThat(shares.get("c")).isCloseTo(6_000, within(200));
    assertThat(shares.get("b")).isCloseTo(3_000, within(200));
    assertThat(shares).doesNotContainKey("a");
  }

  @Test
  void passesOverWhatIsTriedOrFull() {
    List<Backend> backends = List.of(limited("a", 1), limited("b", 1), limited("c", 1));
    Selector selector = selector(BY_CONNECTIONS, backends);
    backends.get(0).tryBegin();
    backends.get(1).tryBegin();
    assertThat(picks(selector, 20)).isEqualTo("c".repeat(20));
    assertThat(selector.pick(HashKey.NONE, Set.of(backends.get(2)))).isNull();
    backends.get(2).tryBegin();
    assertThat(picks(selector, 3)).isEqualTo("---");
  }

  @Test
  void oneServerOrNone() {
    List<Backend> one = weighted(3);
    assertThat(picks(selector(BY_CONNECTIONS, one), 2)).isEqualTo("aa");
    assertThat(selector(BY_CONNECTIONS, one).pick(HashKey.NONE, Set.copyOf(one))).isNull();
    assertThat(picks(selector(BY_CONNECTIONS, List.of()), 1)).isEqualTo("-");
  }
}
