package dev.limpet.cluster.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.limpet.model.secret.KeyRing;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeldKeysTest {

  private static final long DAY = Duration.ofDays(1).toMillis();
  private static final long HOUR = Duration.ofHours(1).toMillis();
  private static final long AHEAD = HeldKeys.AHEAD.toMillis();
  private static final long START = 1_795_000_000_000L;
  private static final KeyRules RULES =
      new KeyRules(32, Duration.ofDays(1), Duration.ofHours(1), false);

  private static final String SUFFIX = "00000000-0000-0000-0000-000000000000";

  private static KeyName name(long millis) {
    return new KeyName(millis << 16, SUFFIX);
  }

  private static byte[] key(int seed) {
    byte[] key = new byte[32];
    Arrays.fill(key, (byte) seed);
    return key;
  }

  private static String hex(int seed) {
    return HexFormat.of().formatHex(key(seed));
  }

  private static KeyRing ring(int... seeds) {
    return new KeyRing(Arrays.stream(seeds).mapToObj(HeldKeysTest::key).toList());
  }

  @Test
  void aKeyIsKnownBeforeItSignsAndVerifiesForAsLongAsItsCookiesLive() {
    HeldKeys held = HeldKeys.NONE.hear(Map.of(name(START), hex(1)), RULES, START);
    assertThat(held.ring()).as("the first one is in use at once").isEqualTo(ring(1));
    long next = START + DAY;
    held = held.hear(Map.of(name(next), hex(2)), RULES, next);
    assertThat(held.ring()).as("known").isEqualTo(ring(1, 2));
    assertThat(held.changesAt(RULES, next)).isEqualTo(next + AHEAD);
    held = held.hear(Map.of(), RULES, next + AHEAD - 1);
    assertThat(held.ring()).isEqualTo(ring(1, 2));
    held = held.hear(Map.of(), RULES, next + AHEAD);
    assertThat(held.ring()).as("in use").isEqualTo(ring(2, 1));
    long gone = next + AHEAD + HOUR;
    assertThat(held.changesAt(RULES, next + AHEAD)).isEqualTo(gone);
    held = held.hear(Map.of(), RULES, gone - 1);
    assertThat(held.ring()).as("a cookie of the last moment is still good").isEqualTo(ring(2, 1));
    held = held.hear(Map.of(name(START), hex(1)), RULES, gone);
    assertThat(held.ring()).as("though others have it still").isEqualTo(ring(2));
    assertThat(held.byName()).hasSize(1);
    assertThat(held.changesAt(RULES, gone)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void theLastKeyStaysUntilThereIsAnother() {
    HeldKeys held = HeldKeys.NONE.hear(Map.of(name(START), hex(1)), RULES, START);
    assertThat(held.hear(Map.of(), RULES, START + 400 * DAY)).isSameAs(held);
  }

  @Test
  void keysThatSettingsHaveReplacedGoInTheirTime() {
    KeyRules replaced = new KeyRules(32, Duration.ofDays(1), Duration.ofHours(1), true);
    HeldKeys held = HeldKeys.NONE.hear(Map.of(name(START), hex(1)), RULES, START);
    long gone = START + AHEAD + DAY + HOUR;
    assertThat(held.hear(Map.of(), replaced, gone - 1).ring()).isEqualTo(ring(1));
    assertThat(held.hear(Map.of(), replaced, gone).ring()).isEqualTo(KeyRing.EMPTY);
  }

  @Test
  void whateverTheOrderInWhichTheyAreHeardTheRingIsTheSame() {
    Map<KeyName, String> all =
        Map.of(name(START), hex(1), name(START + 1), hex(2), name(START + DAY), hex(3));
    long now = START + DAY + AHEAD;
    HeldKeys expected = HeldKeys.NONE.hear(all, RULES, now);
    assertThat(expected.ring()).isEqualTo(ring(3, 2));
    HeldKeys held = HeldKeys.NONE;
    for (KeyName name : List.of(name(START + DAY), name(START + 1), name(START))) {
      held = held.hear(Map.of(name, all.getOrDefault(name, "")), RULES, START + DAY);
    }
    assertThat(held.hear(Map.of(), RULES, now)).isEqualTo(expected);
  }

  @Test
  void aKeyOfAnotherLengthIsNone() {
    HeldKeys held =
        HeldKeys.NONE.hear(
            Map.of(name(START), hex(1) + "00", name(START + 1), "00", name(START + 2), ""),
            RULES,
            START);
    assertThat(held).isSameAs(HeldKeys.NONE);
  }

  @Test
  void namesArriveAsTheyWereAndInTheirOrder() {
    KeyName early = name(START);
    KeyName late = KeyName.of(-1);
    assertThat(Stream.of(early, late).map(KeyName.CODEC.encode()).map(KeyName.CODEC.decode()))
        .containsExactly(early, late);
    assertThat(early).isLessThan(late);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "nobody", "0", "00000000000000-0", "123456789012345g-" + SUFFIX, "-" + SUFFIX})
  void whatIsNoNameCannotBeRead(String text) {
    assertThatThrownBy(() -> KeyName.CODEC.decode().apply(text))
        .isInstanceOf(RuntimeException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"xyz", "0", "0G", "AB"})
  void whatIsNoKeyCannotBeRead(String text) {
    assertThatThrownBy(() -> HeldKeys.HEX.decode().apply(text))
        .isInstanceOf(RuntimeException.class);
  }
}
