package dev.limpet.cluster.port;

import dev.limpet.cluster.port.Refused.Kind;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;

/**
 * The limits of what one message may cost while it is read. Akka's serializers unpack all that they
 * are sent, and read a message in a message to any depth: some hundred kilobytes of gzip would fill
 * the heap, as many of nesting overflow the stack, and either ends the process. A message is read
 * on one thread.
 */
final class Reading implements AutoCloseable {

  /** Packed, a message that nodes send is at most 256 KB; texts are packed to a tenth or less. */
  private static final int MOST_UNPACKED = 16 << 20;

  /** Nodes send four: in a selection deltas, in them a group, in it an entry. */
  private static final int DEEPEST = 8;

  /** Bytes that are not packed do not begin so: there is no such type of a field. */
  private static final int GZIP = GZIPInputStream.GZIP_MAGIC;

  private static final ThreadLocal<Reading> CURRENT = ThreadLocal.withInitial(Reading::new);

  private int depth;
  private long unpacked;

  private Reading() {}

  /** A message, or a part of the one that this thread is reading. */
  static Reading begin() {
    Reading reading = CURRENT.get();
    if (reading.depth == DEEPEST) {
      throw new Refused(
          Kind.MESSAGE, "a message in messages, deeper than any that nodes send", null);
    }
    reading.depth++;
    return reading;
  }

  /** Counts what these bytes unpack to, if they are packed. */
  void count(byte[] bytes) {
    if (bytes.length > 1 && ((bytes[0] & 0xff) | ((bytes[1] & 0xff) << 8)) == GZIP) {
      count(new ByteArrayInputStream(bytes));
    }
  }

  /** Counts what packed bytes unpack to, of which nothing is kept. */
  void count(InputStream packed) {
    byte[] chunk = new byte[8192];
    try (InputStream in = new GZIPInputStream(packed)) {
      for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
        unpacked += read;
        if (unpacked > MOST_UNPACKED) {
          throw new Refused(
              Kind.MESSAGE,
              "a message that unpacks to more than " + MOST_UNPACKED + " bytes",
              null);
        }
      }
    } catch (IOException e) {
      throw Refused.unreadable();
    }
  }

  @Override
  public void close() {
    depth--;
    if (depth == 0) {
      CURRENT.remove();
    }
  }
}
