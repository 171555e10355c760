package dev.limpet.admin.peers;

import dev.limpet.model.state.PeerLink;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * A text for another node as messages that are not too long: deflated, and cut into parts. Each
 * message is a byte for the format's version, one for the topic, the letter's number (4 bytes), the
 * part's and how many there are (2 bytes each), and then the part.
 */
public final class Letter {

  static final byte VERSION = 1;

  /** Parts of the longest letter. */
  static final int MOST_PARTS = 64;

  /** Bytes of the longest text, so that a short letter cannot fill the memory. */
  static final int LONGEST_TEXT = 32 << 20;

  private static final int HEAD = 2 + Integer.BYTES + 2 * Short.BYTES;
  private static final int LONGEST_PART = PeerLink.MAX_MESSAGE - HEAD;
  private static final int CHUNK = 16_384;

  private final List<byte[]> messages;

  private Letter(List<byte[]> messages) {
    this.messages = messages;
  }

  /**
   * @throws IllegalArgumentException where the text is too long for one
   */
  public static Letter of(Topic topic, byte[] text) {
    byte[] deflated = deflated(text);
    int parts = Math.max(1, (deflated.length + LONGEST_PART - 1) / LONGEST_PART);
    if (text.length > LONGEST_TEXT || parts > MOST_PARTS) {
      throw new IllegalArgumentException("a text of " + text.length + " bytes");
    }
    int number = ThreadLocalRandom.current().nextInt();
    List<byte[]> messages = new ArrayList<>();
    for (int part = 0; part < parts; part++) {
      int from = part * LONGEST_PART;
      int length = Math.min(LONGEST_PART, deflated.length - from);
      messages.add(
          ByteBuffer.allocate(HEAD + length)
              .put(VERSION)
              .put(topic.number())
              .putInt(number)
              .putShort((short) part)
              .putShort((short) parts)
              .put(deflated, from, length)
              .array());
    }
    return new Letter(messages);
  }

  List<byte[]> messages() {
    return messages;
  }

  /** A part of a letter, as it has come. */
  @SuppressWarnings("ArrayRecordComponent") // Nobody compares them.
  record Part(byte version, byte topic, int letter, int part, int parts, byte[] content) {

    /**
     * @throws IllegalArgumentException if it is none
     */
    static Part of(byte[] message) {
      if (message.length < HEAD) {
        throw new IllegalArgumentException("a message of " + message.length + " bytes");
      }
      ByteBuffer bytes = ByteBuffer.wrap(message);
      byte version = bytes.get();
      byte topic = bytes.get();
      int letter = bytes.getInt();
      int part = bytes.getShort();
      int parts = bytes.getShort();
      if (parts < 1 || parts > MOST_PARTS || part < 0 || part >= parts) {
        throw new IllegalArgumentException("part " + part + " of " + parts);
      }
      return new Part(
          version, topic, letter, part, parts, Arrays.copyOfRange(message, HEAD, message.length));
    }
  }

  private static byte[] deflated(byte[] text) {
    try (Deflater deflater = new Deflater(Deflater.BEST_SPEED)) {
      deflater.setInput(text);
      deflater.finish();
      ByteArrayOutputStream out = new ByteArrayOutputStream(text.length / 4 + CHUNK);
      byte[] chunk = new byte[CHUNK];
      while (!deflater.finished()) {
        out.write(chunk, 0, deflater.deflate(chunk));
      }
      return out.toByteArray();
    }
  }

  /**
   * The text of a letter that is whole.
   *
   * @throws IllegalArgumentException if it is none, or too long
   */
  static byte[] text(byte[] deflated) {
    try (Inflater inflater = new Inflater()) {
      inflater.setInput(deflated);
      ByteArrayOutputStream out = new ByteArrayOutputStream(CHUNK);
      byte[] chunk = new byte[CHUNK];
      while (!inflater.finished()) {
        int length = inflater.inflate(chunk);
        if (length == 0 && !inflater.finished()) {
          throw new IllegalArgumentException("a letter without an end");
        }
        out.write(chunk, 0, length);
        if (out.size() > LONGEST_TEXT) {
          throw new IllegalArgumentException(
              "a letter of more than %d bytes".formatted(out.size()));
        }
      }
      return out.toByteArray();
    } catch (DataFormatException e) {
      throw new IllegalArgumentException("a letter that is not deflated", e);
    }
  }
}
