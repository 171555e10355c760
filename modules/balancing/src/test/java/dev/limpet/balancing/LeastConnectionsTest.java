package dev.limpet.balancing;

import static dev.limpet.balancing.Backends.leastConnections;
import static dev.limpet.balancing.Backends.limited;
import static dev.limpet.balancing.Backends.picks;
import static dev.limpet.balancing.Backends.shares;
import static dev.limpet.balancing.Backends.weighted;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LeastConnectionsTest {

  @Test
  void idleServersTakeTurnsByWeight() {
    assertThat(picks(leastConnections(weighted(1, 1, 1)), 6)).isEqualTo("abcabc");
    assertThat(picks(leastConnections(weighted(5, 1, 1)), 7)).isEqualTo("aabacaa");
  }

  @Test
  void picksTheFewestActiveForItsWeight() {
    List<Backend> backends = weighted(4, 1);
    begin(backends.get(0), 3);
    begin(backends.get(1), 1);
    Selector selector = leastConnections(backends);
    assertThat(picks(selector, 2)).isEqualTo("aa");

    begin(backends.get(0), 2);
    assertThat(picks(selector, 2)).isEqualTo("bb");
  }

  @Test
  void equallyLoadedServersShareEvenlyBesideABusyOne() {
    List<Backend> backends = weighted(5, 1, 1);
    begin(backends.get(0), 1);

    assertThat(picks(leastConnections(backends), 6)).isEqualTo("bcbcbc");
  }

  /** They are many turns away from each other, and have turns themselves. */
  @Test
  void equallyLoadedServersShareEvenlyBesideManyBusyOnes() {
    List<Backend> backends = weighted(IntStream.range(0, 30).map(i -> 1).toArray());
    backends.forEach(backend -> begin(backend, 2));
    backends.subList(0, 27).forEach(backend -> begin(backend, 1));
    Map<String, Integer> shares = shares(leastConnections(backends), 300);
    assertThat(shares).hasSize(3);
    assertThat(shares.values()).containsOnly(100);
  }

  @Test
  void equallyLoadedServersShareByWeight() {
    List<Backend> backends = weighted(10, 1);
    begin(backends.get(0), 10);
    begin(backends.get(1), 1);
    assertThat(shares(leastConnections(backends), 110))
        .containsEntry("a", 100)
        .containsEntry("b", 10);
  }

  @Test
  void spreadsLastingRequestsByWeight() {
    List<Backend> backends = weighted(3, 1);
    Selector selector = leastConnections(backends);
    for (int i = 0; i < 400; i++) {
      Backend picked = selector.pick(HashKey.NONE, Set.of());
      Objects.requireNonNull(picked).tryBegin();
    }

    assertThat(backends).extracting(Backend::active).containsExactly(300, 100);
    backends.getFirst().end();
    assertThat(selector.pick(HashKey.NONE, Set.of())).isSameAs(backends.getFirst());
  }

  @Test
  void neverPicksWhatWasTried() {
    List<Backend> backends = weighted(1, 1);
    begin(backends.get(1), 9);
    Selector selector = leastConnections(backends);

    assertThat(selector.pick(HashKey.NONE, Set.of(backends.get(0)))).isSameAs(backends.get(1));
    assertThat(selector.pick(HashKey.NONE, Set.copyOf(backends))).isNull();
    assertThat(leastConnections(List.of()).pick(HashKey.NONE, Set.of())).isNull();
    assertThat(picks(leastConnections(weighted(2)), 2)).isEqualTo("aa");
  }

  @Test
  void passesOverServersThatAreFull() {
    List<Backend> backends = List.of(limited("a", 1), limited("b", 2));
    Selector selector = leastConnections(backends);
    StringBuilder picked = new StringBuilder();
    for (int i = 0; i < 3; i++) {
      Backend next = Objects.requireNonNull(selector.pick(HashKey.NONE, Set.of()));
      assertThat(next.tryBegin()).isTrue();
      picked.append(next.id().value().substring("app/".length()));
    }

    assertThat(picked).hasToString("abb");
    assertThat(selector.pick(HashKey.NONE, Set.of())).isNull();
    assertThat(backends.getFirst().tryBegin()).isFalse();
    backends.getFirst().end();
    assertThat(picks(selector, 2)).isEqualTo("aa");
  }

  private static void begin(Backend backend, int requests) {
    for (int i = 0; i < requests; i++) {
      backend.tryBegin();
    }
  }

  @Test
  void countsWhatOtherNodesHaveThere() {
    List<Backend> backends = weighted(1, 1);
    begin(backends.get(0), 1);
    backends.get(1).setElsewhere(2);

    assertThat(picks(leastConnections(backends), 2)).isEqualTo("aa");
  }
}
