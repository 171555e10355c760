package dev.limpet.admin.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.limpet.model.state.PeerLink;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;

class PostTest {

  /** A node that another one writes to. */
  private static final class Node implements PeerLink {

    private final Post post;
    private final List<byte[]> texts = new ArrayList<>();
    private BiConsumer<Long, byte[]> listener = (from, message) -> {};

    Node(Executor executor) {
      post = new Post(this, executor);
      post.on(
          Topic.REPORT,
          (from, text) -> {
            if (text.length > 0 && text[0] == '!') {
              throw new IOException("not a report");
            }
            texts.add(text);
          });
    }

    @Override
    public List<Member> peers() {
      return List.of();
    }

    @Override
    public int majority() {
      return 1;
    }

    @Override
    public void send(long uid, byte[] message) {
      hear(7, message);
    }

    void hear(long from, byte[] message) {
      listener.accept(from, message);
    }

    @Override
    public void receive(BiConsumer<Long, byte[]> newListener) {
      listener = newListener;
    }
  }

  private final Node node = new Node(Runnable::run);
  private final Random random = new Random(1);

  private byte[] noise(int length) {
    byte[] noise = new byte[length];
    random.nextBytes(noise);
    noise[0] = 0;
    return noise;
  }

  @Test
  void aLongLetterArrivesInParts() {
    byte[] text = noise(3 * PeerLink.MAX_MESSAGE);
    Letter letter = Letter.of(Topic.REPORT, text);
    assertThat(letter.messages())
        .hasSizeGreaterThan(3)
        .allMatch(message -> message.length <= PeerLink.MAX_MESSAGE);
    node.post.send(1, letter);
    assertThat(node.texts).containsExactly(text);
  }

  @Test
  void partsMayOvertakeOneAnotherAndComeTwice() {
    byte[] text = noise(3 * PeerLink.MAX_MESSAGE);
    List<byte[]> messages = new ArrayList<>(Letter.of(Topic.REPORT, text).messages());
    messages.add(1, messages.getFirst());
    Collections.reverse(messages);
    messages.forEach(message -> node.hear(7, message));
    assertThat(node.texts).containsExactly(text);
    assertThat(node.post.refused()).isZero();
  }

  @Test
  void aLetterThatLacksAPartIsDroppedForTheNextOne() {
    List<byte[]> lost = Letter.of(Topic.REPORT, noise(2 * PeerLink.MAX_MESSAGE)).messages();
    node.hear(7, lost.getFirst());
    byte[] text = noise(2 * PeerLink.MAX_MESSAGE);
    Letter.of(Topic.REPORT, text).messages().forEach(message -> node.hear(7, message));
    node.hear(7, lost.getLast());
    assertThat(node.texts).containsExactly(text);
  }

  @Test
  void lettersOfTwoNodesAreNotMixed() {
    byte[] one = noise(2 * PeerLink.MAX_MESSAGE);
    byte[] two = noise(2 * PeerLink.MAX_MESSAGE);
    List<byte[]> first = Letter.of(Topic.REPORT, one).messages();
    List<byte[]> second = Letter.of(Topic.REPORT, two).messages();
    for (int i = 0; i < first.size(); i++) {
      node.hear(7, first.get(i));
      node.hear(8, second.get(i));
    }
    assertThat(node.texts).containsExactly(one, two);
  }

  /** Whatever comes: it is dropped, counted, and the next letter is read. */
  @Test
  void whatCannotBeReadIsDroppedAndCounted() {
    byte[] good = Letter.of(Topic.REPORT, "{}".getBytes(StandardCharsets.UTF_8)).messages().get(0);
    List<byte[]> bad = new ArrayList<>();
    bad.add(new byte[0]);
    bad.add(Arrays.copyOf(good, 5));
    bad.add(Arrays.copyOf(good, good.length - 1));
    bad.add(with(good, 6, (short) -1));
    bad.add(with(good, 6, (short) 1));
    bad.add(with(good, 8, (short) 0));
    bad.add(with(good, 8, Short.MAX_VALUE));
    byte[] garbled = good.clone();
    garbled[12] ^= 0x55;
    bad.add(garbled);
    bad.add(message("!".getBytes(StandardCharsets.UTF_8)));
    for (int i = 0; i < bad.size(); i++) {
      node.hear(7, bad.get(i));
      assertThat(node.post.refused()).as("message " + i).isEqualTo(i + 1);
    }
    node.hear(7, good);
    assertThat(node.texts).hasSize(1);
  }

  private static byte[] message(byte[] text) {
    return Letter.of(Topic.REPORT, text).messages().get(0);
  }

  private static byte[] with(byte[] message, int at, short value) {
    byte[] other = message.clone();
    ByteBuffer.wrap(other).putShort(at, value);
    return other;
  }

  @Test
  void nothingComesOfNoise() {
    for (int i = 0; i < 10_000; i++) {
      byte[] noise = noise(1 + random.nextInt(40));
      noise[0] = Letter.VERSION;
      node.hear(random.nextInt(3), noise);
    }
    assertThat(node.texts).isEmpty();
  }

  /** A short letter that would fill the memory. */
  @Test
  void aLetterOfMuchAirIsNotBlownUp() throws Exception {
    ByteArrayOutputStream deflated = new ByteArrayOutputStream();
    try (DeflaterOutputStream out =
        new DeflaterOutputStream(deflated, new Deflater(Deflater.BEST_COMPRESSION))) {
      byte[] air = new byte[1 << 20];
      for (int i = 0; i < 2 * Letter.LONGEST_TEXT / air.length; i++) {
        out.write(air);
      }
    }
    byte[] head = Arrays.copyOf(message(new byte[] {1}), 10);
    node.hear(
        7,
        ByteBuffer.allocate(head.length + deflated.size())
            .put(head)
            .put(deflated.toByteArray())
            .array());
    assertThat(node.post.refused()).isEqualTo(1);
    assertThat(node.texts).isEmpty();
  }

  @Test
  void nobodyElseCanFillTheMemoryWithLettersThatNeverEnd() {
    for (int from = 0; from < 2_000; from++) {
      byte[] part = new byte[PeerLink.MAX_MESSAGE];
      ByteBuffer.wrap(part)
          .put(Letter.VERSION)
          .put(Topic.REPORT.number())
          .putInt(from)
          .putShort((short) 0)
          .putShort((short) 2);
      node.hear(from, part);
    }
    assertThat(node.post.refused()).isGreaterThanOrEqualTo(5);
    byte[] text = noise(2 * PeerLink.MAX_MESSAGE);
    Letter.of(Topic.REPORT, text).messages().forEach(message -> node.hear(7, message));
    assertThat(node.texts).containsExactly(text);
  }

  @Test
  void whatWaitsForTheThreadIsBounded() {
    List<Runnable> waiting = new ArrayList<>();
    Node slow = new Node(waiting::add);
    byte[] message = new byte[PeerLink.MAX_MESSAGE];
    for (int i = 0; i < 1_000; i++) {
      slow.hear(7, message);
    }
    assertThat(waiting.size()).isLessThan(200);
    assertThat(slow.post.refused()).isEqualTo(1_000 - waiting.size());
    waiting.forEach(Runnable::run);
    waiting.clear();
    slow.hear(7, message);
    assertThat(waiting).hasSize(1);
  }

  @Test
  void whatANodeOfALaterVersionSendsIsPassedOver() {
    byte[] topic = message(new byte[] {1});
    topic[1] = 99;
    byte[] version = message(new byte[] {1});
    version[0] = 2;
    node.hear(7, topic);
    node.hear(7, version);
    assertThat(node.texts).isEmpty();
    assertThat(node.post.refused()).isZero();
  }

  @Test
  void aTextThatIsTooLongIsNotSent() {
    assertThatThrownBy(() -> Letter.of(Topic.REPORT, new byte[Letter.LONGEST_TEXT + 1]))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
