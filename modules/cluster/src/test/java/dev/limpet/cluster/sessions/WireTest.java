package dev.limpet.cluster.sessions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.limpet.cluster.voters.Electorate;
import java.io.NotSerializableException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class WireTest {

  /** Where the settings say who votes, and where they do not. */
  private static final Wire.Envelope FIXED =
      new Wire.Envelope(-1, Long.MAX_VALUE, Electorate.FIXED);

  private static final Wire.Envelope ENVELOPE = new Wire.Envelope(-1, Long.MAX_VALUE, 7L << 24);

  private final SessionSerializer serializer = new SessionSerializer();

  static Stream<Wire> messages() {
    return Stream.of(
        new Wire.Heartbeat(
            FIXED, 1, -2, true, false, true, new long[] {3, -4}, 5, 6, false, false, false),
        new Wire.Heartbeat(
            ENVELOPE, 1, -2, true, false, true, new long[] {3, -4}, 5, 6, false, true, false),
        new Wire.Election(ENVELOPE, Wire.Step.PROMISE, 1, 2, List.of("edge-1", "", "\u00fcber-12")),
        new Wire.Prepare(FIXED, 1, 2, new long[] {3, 4}),
        new Wire.Prepare(ENVELOPE, 1, 2, new long[] {3, 4}),
        new Wire.Promise(ENVELOPE, 1, true, new long[Known.LONGS]),
        new Wire.Accept(ENVELOPE, 1, new long[2 * Bucket.LONGS]),
        new Wire.Write(ENVELOPE, 0, new long[Bucket.LONGS]),
        new Wire.Ack(ENVELOPE, 1, false, new long[] {0}, new long[] {5, 6}),
        new Wire.Digests(ENVELOPE, 1, 2, 3, new long[SessionStore.GROUPS]),
        new Wire.Differences(
            ENVELOPE,
            1,
            true,
            false,
            64,
            new long[] {255},
            new long[SessionStore.GROUP_SIZE],
            new long[Bucket.LONGS]),
        new Wire.Buckets(ENVELOPE, 1, true, new long[] {65_535}, new long[200 * Bucket.LONGS]));
  }

  @ParameterizedTest
  @MethodSource("messages")
  void messagesComeBackAsTheyWere(Wire message) throws NotSerializableException {
    byte[] bytes = serializer.toBinary(message);
    assertThat(serializer.fromBinary(bytes, serializer.manifest(message)))
        .usingRecursiveComparison()
        .isEqualTo(message);
  }

  @ParameterizedTest
  @MethodSource("messages")
  void whatIsCutShortOrTooLongIsRefused(Wire message) {
    byte[] bytes = serializer.toBinary(message);
    String kind = serializer.manifest(message);
    for (int length = 0; length < Math.min(bytes.length, 300); length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> serializer.fromBinary(cut, kind))
          .isInstanceOf(NotSerializableException.class)
          .hasMessageContaining(kind);
    }
    byte[] longer = Arrays.copyOf(bytes, bytes.length + Long.BYTES);
    assertThatThrownBy(() -> serializer.fromBinary(longer, kind))
        .isInstanceOf(NotSerializableException.class)
        .hasMessageContaining("1 longs too many");
  }

  @Test
  void bucketsThatDoNotExistAreRefused() {
    byte[] bytes =
        serializer.toBinary(new Wire.Buckets(ENVELOPE, 1, true, new long[] {65_536}, new long[0]));
    assertThatThrownBy(() -> serializer.fromBinary(bytes, "X2"))
        .hasMessageContaining("65536 is not within 0 and 65536");
    assertThatThrownBy(() -> serializer.fromBinary(bytes, "X9")).hasMessageContaining("X9");
  }

  @Test
  void digestsOfMoreOrFewerGroupsThanThereAreAreRefused() {
    long[] groups = new long[SessionStore.GROUPS];
    assertRefused(new Wire.Digests(ENVELOPE, 1, 2, 0, new long[0]), "0 longs, not 256");
    assertRefused(new Wire.Digests(ENVELOPE, 1, 2, -1, groups), "-1 is not within 0 and 256");
    assertRefused(
        new Wire.Differences(
            ENVELOPE, 1, true, true, 64, new long[] {1, 2}, new long[256], new long[0]),
        "256 longs, not 512");
  }

  private void assertRefused(Wire message, String why) {
    byte[] bytes = serializer.toBinary(message);
    assertThatThrownBy(() -> serializer.fromBinary(bytes, serializer.manifest(message)))
        .isInstanceOf(NotSerializableException.class)
        .hasMessageContaining(why);
  }
}
