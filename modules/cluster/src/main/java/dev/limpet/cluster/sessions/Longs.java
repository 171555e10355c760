package dev.limpet.cluster.sessions;

import java.io.NotSerializableException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Messages as rows of longs, big-endian; an array has its length in front. */
final class Longs {

  private Longs() {}

  static final class Writer {

    private long[] longs = new long[64];
    private int length;

    Writer put(long value) {
      if (length == longs.length) {
        longs = Arrays.copyOf(longs, 2 * length);
      }
      longs[length++] = value;
      return this;
    }

    Writer put(boolean value) {
      return put(value ? 1 : 0);
    }

    Writer put(long[] values) {
      put(values.length);
      int end = length + values.length;
      if (end > longs.length) {
        longs = Arrays.copyOf(longs, end + 64);
      }
      System.arraycopy(values, 0, longs, length, values.length);
      length = end;
      return this;
    }

    Writer put(List<String> texts) {
      put(texts.size());
      for (String text : texts) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        put(bytes.length);
        ByteBuffer padded = ByteBuffer.allocate(longsFor(bytes.length) * Long.BYTES).put(bytes);
        for (int at = 0; at < padded.capacity(); at += Long.BYTES) {
          put(padded.getLong(at));
        }
      }
      return this;
    }

    byte[] toBytes() {
      ByteBuffer bytes = ByteBuffer.allocate(length * Long.BYTES);
      bytes.asLongBuffer().put(longs, 0, length);
      return bytes.array();
    }
  }

  /** All of them in one, in this order. */
  static long[] joined(List<long[]> parts) {
    long[] joined = new long[parts.stream().mapToInt(part -> part.length).sum()];
    int at = 0;
    for (long[] part : parts) {
      System.arraycopy(part, 0, joined, at, part.length);
      at += part.length;
    }
    return joined;
  }

  private static int longsFor(int bytes) {
    return (bytes + Long.BYTES - 1) / Long.BYTES;
  }

  /** Refuses whatever a {@link Writer} does not make. */
  static final class Reader {

    private final String kind;
    private final long[] longs;
    private int at;

    Reader(String kind, byte[] bytes) throws NotSerializableException {
      this.kind = kind;
      if (bytes.length % Long.BYTES != 0) {
        throw wrong(bytes.length + " bytes are not whole longs");
      }
      longs = new long[bytes.length / Long.BYTES];
      ByteBuffer.wrap(bytes).asLongBuffer().get(longs);
    }

    long one() throws NotSerializableException {
      if (at == longs.length) {
        throw wrong("cut short after " + at + " longs");
      }
      return longs[at++];
    }

    boolean flag() throws NotSerializableException {
      long value = one();
      if (value < 0 || value > 1) {
        throw wrong(value + " is neither 0 nor 1");
      }
      return value == 1;
    }

    /** An array that has a whole number of parts of this size. */
    long[] many(int unit) throws NotSerializableException {
      long count = one();
      if (count < 0 || count > longs.length - at || count % unit != 0) {
        throw wrong(
            "an array of %d longs in parts of %d, where %d are left"
                .formatted(count, unit, longs.length - at));
      }
      at += (int) count;
      return Arrays.copyOfRange(longs, at - (int) count, at);
    }

    /** An array of so many. */
    long[] exactly(int length) throws NotSerializableException {
      long[] all = many(1);
      if (all.length != length) {
        throw wrong("an array of %d longs, not %d".formatted(all.length, length));
      }
      return all;
    }

    /** A number from 0 to the limit. */
    long upTo(int limit) throws NotSerializableException {
      long value = one();
      if (value < 0 || value > limit) {
        throw wrong(value + " is not within 0 and " + limit);
      }
      return value;
    }

    /** An array of numbers from 0 to below the limit. */
    long[] indexes(int limit) throws NotSerializableException {
      long[] indexes = many(1);
      for (long index : indexes) {
        if (index < 0 || index >= limit) {
          throw wrong(index + " is not within 0 and " + limit);
        }
      }
      return indexes;
    }

    /** At most so many texts of at most so many bytes. */
    List<String> texts(int limit, int longest) throws NotSerializableException {
      long count = upTo(limit);
      List<String> texts = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        int length = (int) upTo(longest);
        ByteBuffer padded = ByteBuffer.allocate(longsFor(length) * Long.BYTES);
        while (padded.hasRemaining()) {
          padded.putLong(one());
        }
        texts.add(new String(padded.array(), 0, length, StandardCharsets.UTF_8));
      }
      return texts;
    }

    void end() throws NotSerializableException {
      if (at != longs.length) {
        throw wrong((longs.length - at) + " longs too many");
      }
    }

    private NotSerializableException wrong(String what) {
      return new NotSerializableException("message " + kind + ": " + what);
    }
  }
}
