package dev.limpet.balancing;

import static dev.limpet.balancing.Backends.limited;
import static dev.limpet.balancing.Backends.picks;
import static dev.limpet.balancing.Backends.selector;
import static dev.limpet.balancing.Backends.weighted;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.limpet.model.settings.BalancingMethod;
import dev.limpet.model.settings.BalancingMethod.Measure;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class LeastTimeTest {

  private static final BalancingMethod LEAST_TIME = new BalancingMethod.LeastTime(Measure.HEADER);

  private static List<Backend> timed(int weight, long... nanos) {
    List<Backend> backends = weighted(LongStream.of(nanos).mapToInt(n -> weight).toArray());
    for (int i = 0; i < nanos.length; i++) {
      if (nanos[i] > 0) {
        backends.get(i).took(nanos[i]);
      }
    }
    return backends;
  }

  @Test
  void takesTheFasterUntilItHasItsShareOfTheLoad() {
    List<Backend> backends = timed(1, 4_000, 1_000);
    Selector selector = selector(LEAST_TIME, backends);
    StringBuilder picked = new StringBuilder();
    for (int i = 0; i < 5; i++) {
      Backend next = Objects.requireNonNull(selector.pick(HashKey.NONE, Set.of()));
      next.tryBegin();
      picked.append(next.id().value().substring("app/".length()));
    }
    assertThat(picked).hasToString("bbbab");
  }

  @Test
  void weightsCount() {
    List<Backend> backends = weighted(5, 1);
    backends.get(0).took(4_000);
    backends.get(1).took(1_000);
    assertThat(picks(selector(LEAST_TIME, backends), 1)).isEqualTo("a");
  }

  @Test
  void aServerThatNothingIsKnownOfIsAsGoodAsTheFastest() {
    List<Backend> backends = timed(1, 4_000, 1_000, 0);
    Selector selector = selector(LEAST_TIME, backends);
    assertThat(picks(selector, 1)).isEqualTo("c");
    backends.get(2).tryBegin();
    assertThat(picks(selector, 1)).isEqualTo("b");
    backends.get(1).setElsewhere(1);
    assertThat(picks(selector, 1)).isEqualTo("c");
    assertThat(picks(selector(LEAST_TIME, timed(1, 0, 0)), 1)).isEqualTo("a");
  }

  @Test
  void passesOverWhatIsTriedOrFull() {
    Backend full = limited("f", 1);
    full.tryBegin();
    List<Backend> backends = timed(1, 1_000);
    Selector selector = selector(LEAST_TIME, List.of(full, backends.getFirst()));
    assertThat(selector.pick(HashKey.NONE, Set.of())).isSameAs(backends.getFirst());
    assertThat(selector.pick(HashKey.NONE, Set.copyOf(backends))).isNull();
    assertThat(selector(LEAST_TIME, List.of()).pick(HashKey.NONE, Set.of())).isNull();
  }

  @Test
  void aTimeFollowsTheNewestRequests() {
    Backend backend = weighted(1).getFirst();
    assertThat(backend.time()).isZero();
    backend.took(8_000_000);
    assertThat(backend.time()).isEqualTo(8_000_000);
    backend.took(16_000_000);
    assertThat(backend.time()).isEqualTo(9_000_000);
    for (int i = 0; i < 60; i++) {
      backend.took(1_000_000);
    }
    assertThat(backend.time()).isCloseTo(1_000_000, within(10_000L));
  }

  @Test
  void aFailureAtOnceIsNoGoodTime() {
    Backend backend = weighted(1).getFirst();
    backend.took(8_000_000);
    backend.failedAfter(1_000);
    assertThat(backend.time()).isEqualTo(8_000_000);
    backend.failedAfter(16_000_000);
    assertThat(backend.time()).isEqualTo(9_000_000);
  }

  @Test
  void aTimeThatNothingNewIsHeardOfIsForgotten() {
    Backend backend = weighted(1).getFirst();
    backend.took(8_000_000);
    backend.age();
    assertThat(backend.time()).isEqualTo(8_000_000);
    backend.tryBegin();
    backend.age();
    assertThat(backend.time()).isEqualTo(8_000_000);
    backend.end();
    for (int i = 0; i < 6; i++) {
      backend.age();
    }
    assertThat(backend.time()).isLessThan(4_000_000);
  }
}
