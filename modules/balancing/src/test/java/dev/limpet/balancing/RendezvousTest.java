package dev.limpet.balancing;

import static dev.limpet.balancing.Backends.weighted;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.limpet.model.state.SessionKey;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class RendezvousTest {

  private static final int KEYS = 200_000;

  @Property(seed = "4711")
  void theOrderOfTheListDoesNotMatter(
      @ForAll long high,
      @ForAll long low,
      @ForAll long shuffle,
      @ForAll @Size(min = 1, max = 12) List<@IntRange(min = 1, max = 100) Integer> weights) {
    SessionKey key = new SessionKey(high, low);
    List<Backend> backends = backends(weights);
    Backend chosen = Rendezvous.choose(key, backends);
    Collections.shuffle(backends, new Random(shuffle));

    assertThat(Rendezvous.choose(key, backends)).isNotNull().isSameAs(chosen);
  }

  @Property(seed = "4711")
  void removingABackendMovesItsOwnKeysOnly(
      @ForAll long high,
      @ForAll long low,
      @ForAll @IntRange(min = 0, max = 11) int index,
      @ForAll @Size(min = 2, max = 12) List<@IntRange(min = 1, max = 100) Integer> weights) {
    SessionKey key = new SessionKey(high, low);
    List<Backend> backends = backends(weights);
    Backend before = Rendezvous.choose(key, backends);
    Backend removed = backends.remove(index % backends.size());
    Backend after = Rendezvous.choose(key, backends);

    if (removed == before) {
      assertThat(after).isNotNull().isNotSameAs(removed);
    } else {
      assertThat(after).isSameAs(before);
    }
  }

  @Test
  void randomKeysSpreadByWeight() {
    Random random = new Random(4711);
    assertSpread(weighted(1, 1, 2, 4), i -> new SessionKey(random.nextLong(), random.nextLong()));
  }

  @Test
  void consecutiveKeysSpreadByWeight() {
    assertSpread(weighted(3, 2, 1), i -> new SessionKey(0, i));
    assertSpread(weighted(3, 2, 1), i -> new SessionKey(i, 0));
  }

  /** Nodes of two versions must agree, so the answers may not change. */
  @Test
  void answersStay() {
    StringBuilder chosen = new StringBuilder();
    for (int i = 0; i < 24; i++) {
      Backend backend = Rendezvous.choose(new SessionKey(i, -i), weighted(1, 1, 2, 4));
      chosen.append(backend == null ? "-" : backend.id().value().substring("app/".length()));
    }
    assertThat(chosen).hasToString("adadcbcdddddacbdbcaabdbd");
  }

  @Test
  void noneAndOne() {
    List<Backend> one = weighted(1);
    assertThat(Rendezvous.choose(new SessionKey(1, 2), List.of())).isNull();
    assertThat(Rendezvous.choose(new SessionKey(1, 2), one)).isSameAs(one.getFirst());
  }

  private static List<Backend> backends(List<Integer> weights) {
    return new ArrayList<>(weighted(weights.stream().mapToInt(Integer::intValue).toArray()));
  }

  private interface Keys {
    SessionKey key(int index);
  }

  private static void assertSpread(List<Backend> backends, Keys keys) {
    Map<Backend, Integer> counts = new HashMap<>();
    for (int i = 0; i < KEYS; i++) {
      counts.merge(Rendezvous.choose(keys.key(i), backends), 1, Integer::sum);
    }
    int sum = backends.stream().mapToInt(b -> b.server().weight()).sum();
    assertThat(backends)
        .allSatisfy(
            b -> {
              double share = (double) KEYS * b.server().weight() / sum;
              assertThat((double) counts.getOrDefault(b, 0)).isCloseTo(share, within(share * 0.05));
            });
  }
}
