package dev.limpet.balancing.affinity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.limpet.model.secret.KeyRing;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.state.Placement;
import dev.limpet.model.state.SessionKey;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CookieCodecTest {

  private static final KeyRing OLD = ring(1);
  private static final KeyRing NEW = ring(2);
  private static final SessionCookie COOKIE =
      new SessionCookie(new SessionKey(-1, 2), new Placement(3, 4), 1_795_230_000L);

  private final CookieCodec codec = new CookieCodec(OLD, "app");

  @Property(seed = "4711", tries = 500)
  void whatWasEncodedDecodes(
      @ForAll long high,
      @ForAll long low,
      @ForAll long backend,
      @ForAll long version,
      @ForAll @LongRange(min = 0, max = (1L << 40) - 1) long issuedAt) {
    SessionCookie cookie =
        new SessionCookie(new SessionKey(high, low), new Placement(backend, version), issuedAt);
    String value = codec.encode(cookie);

    assertThat(value).matches("[A-Za-z0-9_-]{72}");
    assertThat(codec.decode(value)).as("verified").isEqualTo(cookie);
    assertThat(codec.decode(value)).as("remembered").isEqualTo(cookie);
  }

  @Property(seed = "4711")
  void flippingAnyBitMakesItWorthless(@ForAll @IntRange(min = 0, max = 54 * 8 - 1) int bit) {
    String value = codec.encode(COOKIE);
    assertThat(codec.decode(value)).isEqualTo(COOKIE);
    byte[] bytes = Base64.getUrlDecoder().decode(value);
    bytes[bit / 8] ^= (byte) (1 << (bit % 8));

    assertThat(codec.decode(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes)))
        .isNull();
  }

  @Property(seed = "4711", tries = 500)
  void neverThrows(@ForAll String anything) {
    assertThat(codec.decode(anything)).isNull();
  }

  @Property(seed = "4711")
  void aStrangeCharacterAnywhereMakesItWorthless(
      @ForAll @IntRange(min = 0, max = 71) int at, @ForAll char c) {
    StringBuilder value = new StringBuilder(codec.encode(COOKIE));
    if (value.charAt(at) != c) {
      value.setCharAt(at, c);
      assertThat(codec.decode(value.toString())).isNull();
    }
  }

  @Test
  void truncatedOrExtendedIsWorthless() {
    String value = codec.encode(COOKIE);
    for (int length = 0; length < value.length(); length++) {
      assertThat(codec.decode(value.substring(0, length))).isNull();
    }
    assertThat(codec.decode(value + "A")).isNull();
    assertThat(codec.decode(value + "=")).isNull();
    assertThat(codec.decode(value.repeat(1000))).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"=", "+", "/", " ", "ÿ", "\u0000", "\u0141"})
  void onlyItsOwnAlphabetCounts(String character) {
    assertThat(codec.decode(codec.encode(COOKIE).substring(1) + character)).isNull();
    assertThat(codec.decode(character.repeat(72))).isNull();
  }

  @Test
  void aCookieOfAnotherUpstreamOrKeyIsForeign() {
    assertThat(codec.decode(new CookieCodec(OLD, "shop").encode(COOKIE))).isNull();
    assertThat(codec.decode(new CookieCodec(NEW, "app").encode(COOKIE))).isNull();
  }

  @Test
  void theFirstKeySignsAndAllVerify() {
    KeyRing both = new KeyRing(List.of(NEW.keys().getFirst(), OLD.keys().getFirst()));
    CookieCodec rotated = new CookieCodec(both, "app");

    assertThat(rotated.decode(codec.encode(COOKIE))).isEqualTo(COOKIE);
    assertThat(rotated.encode(COOKIE)).isEqualTo(new CookieCodec(NEW, "app").encode(COOKIE));
    assertThat(codec.decode(rotated.encode(COOKIE))).isNull();
  }

  @Test
  void withoutKeysNothingVerifiesAndNothingIsSigned() {
    CookieCodec keyless = new CookieCodec(KeyRing.EMPTY, "app");

    assertThat(keyless.decode(codec.encode(COOKIE))).isNull();
    assertThatIllegalStateException().isThrownBy(() -> keyless.encode(COOKIE));
  }

  /** Addresses are few: whoever has the hash of one finds it. */
  @Test
  void nobodyFindsTheServerByTryingAllAddresses() {
    Set<Long> hashes = new HashSet<>();
    for (int i = 0; i < 1 << 16; i++) {
      hashes.add(ServerId.of("app", "127.0." + (i >> 8) + "." + (i & 255) + ":3000").hash());
      hashes.add(ServerId.of("app", "127.0.0.1:" + i).hash());
    }
    long server = ServerId.of("app", "127.0.0.1:3000").hash();
    assertThat(hashes).contains(server);
    String cookie =
        codec.encode(new SessionCookie(COOKIE.key(), new Placement(server, 4), COOKIE.issuedAt()));
    ByteBuffer bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(cookie));
    for (int at = 0; at <= bytes.capacity() - Long.BYTES; at++) {
      assertThat(hashes).as("at byte %d", at).doesNotContain(bytes.getLong(at));
    }
  }

  @Test
  void cookiesOfOneServerHaveNothingInCommon() {
    Set<String> tails = new HashSet<>();
    for (int i = 0; i < 1000; i++) {
      byte[] bytes =
          Base64.getUrlDecoder()
              .decode(
                  codec.encode(
                      new SessionCookie(
                          new SessionKey(1, i), COOKIE.placement(), COOKIE.issuedAt())));
      // Behind what everybody may read: key number, session, version, time.
      tails.add(HexFormat.of().formatHex(bytes, 30, 38));
    }
    assertThat(tails).hasSize(1000);
  }

  /**
   * The format is on the clients' disks: it may only change together with what keys are made of.
   */
  @Test
  void theFormatStays() {
    assertThat(codec.encode(COOKIE))
        .isEqualTo("g___________AAAAAAAAAAIAAAAAAAAABABrAQkwMXJkLLNtFQAsJviOgWrv_mHYh98ZcsvB");
  }

  private static KeyRing ring(int seed) {
    byte[] key = new byte[32];
    Arrays.fill(key, (byte) seed);
    return new KeyRing(List.of(key));
  }
}
