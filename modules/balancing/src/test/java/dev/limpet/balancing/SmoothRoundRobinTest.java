package dev.limpet.balancing;

import static dev.limpet.balancing.Backends.backend;
import static dev.limpet.balancing.Backends.limited;
import static dev.limpet.balancing.Backends.picks;
import static dev.limpet.balancing.Backends.roundRobin;
import static dev.limpet.balancing.Backends.weighted;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SmoothRoundRobinTest {

  @ParameterizedTest
  @CsvSource({
    "5 1 1, aabacaaaabacaa",
    "10 2 2, aabacaaaabacaa",
    "1 1 1, abcabc",
    "2 1, abaaba",
    "3 2, ababaababa",
    "7, aaa",
    "4 4, ababab"
  })
  void givesTheSequenceOfNginx(String weights, String sequence) {
    List<Backend> backends =
        weighted(List.of(weights.split(" ")).stream().mapToInt(Integer::parseInt).toArray());

    assertThat(picks(roundRobin(backends), sequence.length())).isEqualTo(sequence);
  }

  @Test
  void picksNothingWithoutServers() {
    assertThat(roundRobin(List.of()).pick(HashKey.NONE, Set.of())).isNull();
    assertThat(roundRobin(List.of()).pick(HashKey.NONE, Set.copyOf(weighted(1)))).isNull();
  }

  @Test
  void walksOnToTheNextThatWasNotTried() {
    List<Backend> backends = weighted(5, 1, 1);
    Selector selector = roundRobin(backends);

    assertThat(selector.pick(HashKey.NONE, Set.of(backends.get(0)))).isSameAs(backends.get(1));
    assertThat(selector.pick(HashKey.NONE, Set.of(backends.get(0), backends.get(1))))
        .isSameAs(backends.get(2));
    assertThat(selector.pick(HashKey.NONE, Set.copyOf(backends))).isNull();
  }

  @Test
  void walksOnToTheNextThatHasRoom() {
    List<Backend> backends = List.of(limited("a", 1), limited("b", 1), backend("c", 1));
    Selector selector = roundRobin(backends);
    assertThat(backends.get(0).tryBegin()).isTrue();
    assertThat(picks(selector, 6)).isEqualTo("bcbcbc");
    assertThat(backends.get(1).tryBegin()).isTrue();
    assertThat(picks(selector, 3)).isEqualTo("ccc");

    assertThat(selector.pick(HashKey.NONE, Set.of(backends.get(2)))).isNull();
    Selector one = roundRobin(backends.subList(0, 1));
    assertThat(one.pick(HashKey.NONE, Set.of())).isNull();
    backends.get(0).end();
    assertThat(one.pick(HashKey.NONE, Set.of())).isSameAs(backends.get(0));
  }

  @Test
  void threadsShareOneSequence() throws Exception {
    List<Backend> backends = weighted(5, 1, 1);
    Selector selector = roundRobin(backends);
    Map<Backend, LongAdder> counts = new ConcurrentHashMap<>();
    try (var threads = Executors.newFixedThreadPool(4)) {
      List<Future<?>> done = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        done.add(
            threads.submit(
                () -> {
                  for (int i = 0; i < 7_000; i++) {
                    Backend picked = selector.pick(HashKey.NONE, Set.of());
                    if (picked != null) {
                      counts.computeIfAbsent(picked, b -> new LongAdder()).increment();
                    }
                  }
                }));
      }
      for (Future<?> thread : done) {
        thread.get();
      }
    }

    assertThat(backends)
        .extracting(b -> counts.getOrDefault(b, new LongAdder()).sum())
        .containsExactly(20_000L, 4_000L, 4_000L);
  }

  @Test
  void scalesHugeWeightsDownAndKeepsEveryServer() {
    List<Backend> backends = weighted(Integer.MAX_VALUE, Integer.MAX_VALUE / 2, 1);
    Selector selector = roundRobin(backends);
    Map<Backend, Integer> counts = new HashMap<>();
    for (int i = 0; i < SmoothRoundRobin.MAX_TURNS; i++) {
      counts.merge(selector.pick(HashKey.NONE, Set.of()), 1, Integer::sum);
    }

    assertThat(counts.get(backends.get(0))).isBetween(43_600, 43_750);
    assertThat(counts.get(backends.get(1))).isBetween(21_800, 21_900);
    assertThat(counts.get(backends.get(2))).isBetween(1, 2);
  }

  @Test
  void picksTheOnlyOneLeftOfManyTurns() {
    List<Backend> backends = weighted(65_535, 1);
    Selector selector = roundRobin(backends);

    assertThat(Collections.nCopies(3, backends.get(1)))
        .allSatisfy(
            b -> assertThat(selector.pick(HashKey.NONE, Set.of(backends.get(0)))).isSameAs(b));
  }

  @Test
  void goesOnWhereTheLastOneWas() {
    AtomicInteger turns = new AtomicInteger();
    List<Candidate> candidates = Candidate.of(weighted(1, 1, 1));

    assertThat(picks(new SmoothRoundRobin(candidates, turns), 2)).isEqualTo("ab");
    assertThat(picks(new SmoothRoundRobin(candidates, turns), 2)).isEqualTo("ca");
  }
}
