package dev.limpet.balancing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.limpet.model.settings.route.Action.Share;
import dev.limpet.model.state.SessionKey;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SharesTest {

  private static final int CLIENTS = 20_000;

  private static final List<SessionKey> KEYS =
      Stream.generate(keys(new SplittableRandom(7))).limit(CLIENTS).toList();

  private static Supplier<SessionKey> keys(SplittableRandom random) {
    return () -> new SessionKey(random.nextLong(), random.nextLong());
  }

  private static List<String> chosen(Share... shares) {
    List<Share> all = List.of(shares);
    return KEYS.stream().map(key -> all.get(Shares.choose(key, all)).upstream()).toList();
  }

  private static double share(List<String> chosen, String upstream) {
    return (double) chosen.stream().filter(upstream::equals).count() / CLIENTS;
  }

  @Test
  void clientsAreSharedByWeight() {
    List<String> chosen = chosen(new Share("stable", 90), new Share("canary", 10));
    assertThat(share(chosen, "canary")).isCloseTo(0.1, within(0.01));
    assertThat(chosen(new Share("canary", 10), new Share("stable", 90)))
        .as("whatever their order")
        .isEqualTo(chosen);
  }

  @Test
  void noClientGoesWhereThereIsNoWeight() {
    assertThat(chosen(new Share("none", 0), new Share("all", 1))).containsOnly("all");
  }

  @Test
  void aChangeOfWeightsMovesClientsOneWayOnly() {
    List<String> before = chosen(new Share("a", 80), new Share("b", 15), new Share("canary", 5));
    List<String> after = chosen(new Share("a", 80), new Share("b", 15), new Share("canary", 25));
    int moved = 0;
    for (int i = 0; i < CLIENTS; i++) {
      if (!before.get(i).equals(after.get(i))) {
        assertThat(after.get(i)).isEqualTo("canary");
        moved++;
      }
    }
    assertThat((double) moved / CLIENTS).isCloseTo(25.0 / 120 - 0.05, within(0.01));
  }
}
