package dev.limpet.cluster.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.NotSerializableException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Nodes of two versions send one another what both can read. */
class KindsTest {

  private static final byte CHANGES = Link.Kind.CHANGES.number();
  private static final byte LIVE = Link.Kind.LIVE.number();
  private static final long SELF = 1;
  private static final long OTHER = 2;

  private final List<String> sent = new ArrayList<>();
  private final Kinds kinds = new Kinds((uid, kind, content) -> sent.add(kind + text(content)));

  private static String text(byte[] content) {
    return new String(content, StandardCharsets.US_ASCII);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private void send(byte kind, String text) {
    kinds.send(new LinkActor.Send(OTHER, kind, bytes(text)));
  }

  private boolean hear(byte kind, String text) {
    return kinds.takes(new Parcel(OTHER, SELF, kind, bytes(text)));
  }

  @Test
  void aNodeThatDoesNotAnswerIsSentChangesOnly() {
    send(CHANGES, "a");
    send(LIVE, "b");
    send(LIVE, "c");
    assertThat(sent)
        .containsExactly("0a", "0{\"type\":\"link-kinds?\"}", "0{\"type\":\"link-kinds?\"}");
  }

  @Test
  void aNodeThatAnswersGetsWhatHasWaited() {
    send(LIVE, "b");
    assertThat(hear(CHANGES, "{\"type\":\"link-kinds\"}")).isTrue();
    send(LIVE, "c");
    assertThat(sent).endsWith("1b", "1c").hasSize(3);
  }

  @Test
  void aNodeThatAsksOrSendsOtherKindsTakesThem() {
    assertThat(hear(CHANGES, "{\"type\":\"link-kinds?\"}")).isTrue();
    send(LIVE, "b");
    assertThat(sent).containsExactly("0{\"type\":\"link-kinds\"}", "1b");
    kinds.forgetAllBut(Set.of());
    assertThat(hear(LIVE, "x")).isFalse();
    send(LIVE, "c");
    assertThat(sent).endsWith("1c");
  }

  @Test
  void onlySoManyMessagesWaitForAnAnswer() {
    for (int i = 0; i < 100; i++) {
      send(LIVE, "m" + i);
    }
    sent.clear();
    hear(CHANGES, "{\"type\":\"link-kinds\"}");
    assertThat(sent).hasSize(32).first().isEqualTo("1m68");
  }

  @Test
  void aNodeThatIsGoneIsAskedAnewWhenItComesBack() {
    hear(LIVE, "x");
    kinds.forgetAllBut(Set.of());
    send(LIVE, "b");
    assertThat(sent).containsExactly("0{\"type\":\"link-kinds?\"}");
  }

  @Test
  void messagesAboutChangesAreForTheRegistry() {
    assertThat(hear(CHANGES, "{\"type\":\"pull\"}")).isFalse();
    assertThat(hear(CHANGES, "")).isFalse();
  }

  @Test
  void messagesAboutChangesAreAsVersion010WritesThem() throws Exception {
    ParcelSerializer serializer = new ParcelSerializer();
    Parcel parcel = new Parcel(SELF, OTHER, CHANGES, bytes("{}"));
    assertThat(serializer.manifest(parcel)).isEqualTo("P1");
    assertThat(serializer.toBinary(parcel))
        .isEqualTo(ByteBuffer.allocate(18).putLong(SELF).putLong(OTHER).put(bytes("{}")).array());
    assertThat(read(serializer, parcel)).isEqualTo("1 2 0 {}");
  }

  @Test
  void messagesOfOtherKindsAreWrittenWithTheirKind() throws Exception {
    ParcelSerializer serializer = new ParcelSerializer();
    assertThat(serializer.manifest(new Parcel(SELF, OTHER, LIVE, bytes("{}")))).isEqualTo("P2");
    assertThat(read(serializer, new Parcel(SELF, OTHER, LIVE, bytes("{}")))).isEqualTo("1 2 1 {}");
    assertThat(read(serializer, new Parcel(SELF, OTHER, (byte) 9, bytes("")))).isEqualTo("1 2 9 ");
    assertThatThrownBy(() -> serializer.fromBinary(new byte[16], "P2"))
        .isInstanceOf(NotSerializableException.class);
    assertThatThrownBy(() -> serializer.fromBinary(new byte[15], "P1"))
        .isInstanceOf(NotSerializableException.class);
    assertThatThrownBy(() -> serializer.fromBinary(new byte[40], "P3"))
        .isInstanceOf(NotSerializableException.class);
  }

  private static String read(ParcelSerializer serializer, Parcel parcel) throws Exception {
    Parcel read =
        (Parcel) serializer.fromBinary(serializer.toBinary(parcel), serializer.manifest(parcel));
    return "%d %d %d %s".formatted(read.from(), read.to(), read.kind(), text(read.content()));
  }
}
