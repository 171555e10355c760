package dev.limpet.cluster;

import akka.serialization.SerializerWithStringManifest;
import dev.limpet.model.HostPort;
import java.io.NotSerializableException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What nodes send each other, as bytes. Session buckets: the entries' longs, big-endian. Words on the
 * way to a cluster: the word's name, the sender and the stamp, with spaces between them. The manifest carries
 * the version of the format. Named in the actor system's serialization bindings.
 */
public final class ClusterSerializer extends SerializerWithStringManifest {

  private static final String BUCKET = "B1";
  private static final String TALK = "T1";
  private static final int IDENTIFIER = 4_157_001;

  @Override
  public int identifier() {
    return IDENTIFIER;
  }

  @Override
  public String manifest(Object value) {
    return switch (value) {
      case SessionBucket bucket -> BUCKET;
      case Formation.Talk talk -> TALK;
      default -> throw unknown(value);
    };
  }

  @Override
  public byte[] toBinary(Object value) {
    return switch (value) {
      case SessionBucket bucket -> bytesOf(bucket);
      case Formation.Talk talk ->
          (talk.word() + " " + talk.from() + " " + talk.stamp()).getBytes(StandardCharsets.UTF_8);
      default -> throw unknown(value);
    };
  }

  @Override
  public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
    return switch (manifest) {
      case BUCKET -> bucket(bytes);
      case TALK -> talk(new String(bytes, StandardCharsets.UTF_8));
      default -> throw new NotSerializableException("unknown manifest " + manifest);
    };
  }

  private static byte[] bytesOf(SessionBucket bucket) {
    long[] entries = bucket.entries();
    ByteBuffer bytes = ByteBuffer.allocate(entries.length * Long.BYTES);
    bytes.asLongBuffer().put(entries);
    return bytes.array();
  }

  private static SessionBucket bucket(byte[] bytes) throws NotSerializableException {
    if (bytes.length % (SessionBucket.LONGS * Long.BYTES) != 0) {
      throw new NotSerializableException(
          BUCKET + ": " + bytes.length + " bytes are not whole entries");
    }
    long[] entries = new long[bytes.length / Long.BYTES];
    ByteBuffer.wrap(bytes).asLongBuffer().get(entries);
    try {
      return SessionBucket.of(entries);
    } catch (IllegalArgumentException e) {
      throw new NotSerializableException(BUCKET + ": " + e.getMessage());
    }
  }

  private static Formation.Talk talk(String text) throws NotSerializableException {
    List<String> parts = List.of(text.split(" ", -1));
    try {
      if (parts.size() == 3) {
        return new Formation.Talk(
            Formation.Word.valueOf(parts.get(0)),
            HostPort.parse(parts.get(1)),
            Long.parseLong(parts.get(2)));
      }
    } catch (IllegalArgumentException e) {
      // Said below, with the text.
    }
    throw new NotSerializableException(TALK + ": " + text);
  }

  private static IllegalArgumentException unknown(Object value) {
    return new IllegalArgumentException("cannot serialize " + value.getClass().getName());
  }
}
