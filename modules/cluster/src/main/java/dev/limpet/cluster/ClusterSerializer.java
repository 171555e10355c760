package dev.limpet.cluster;

import akka.serialization.SerializerWithStringManifest;
import java.io.NotSerializableException;
import java.nio.ByteBuffer;

/**
 * Session buckets as bytes: a format version, then the entries' longs, big-endian. Named in the
 * actor system's serialization bindings.
 */
public final class ClusterSerializer extends SerializerWithStringManifest {

  private static final String BUCKET = "B1";
  private static final int IDENTIFIER = 4_157_001;

  @Override
  public int identifier() {
    return IDENTIFIER;
  }

  @Override
  public String manifest(Object value) {
    if (value instanceof SessionBucket) {
      return BUCKET;
    }
    throw new IllegalArgumentException("cannot serialize " + value.getClass().getName());
  }

  @Override
  public byte[] toBinary(Object value) {
    if (!(value instanceof SessionBucket bucket)) {
      throw new IllegalArgumentException("cannot serialize " + value.getClass().getName());
    }
    long[] entries = bucket.entries();
    ByteBuffer bytes = ByteBuffer.allocate(entries.length * Long.BYTES);
    bytes.asLongBuffer().put(entries);
    return bytes.array();
  }

  @Override
  public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
    if (!manifest.equals(BUCKET)) {
      throw new NotSerializableException("unknown manifest " + manifest);
    }
    if (bytes.length % (SessionBucket.LONGS * Long.BYTES) != 0) {
      throw new NotSerializableException(
          manifest + ": " + bytes.length + " bytes are not whole entries");
    }
    long[] entries = new long[bytes.length / Long.BYTES];
    ByteBuffer.wrap(bytes).asLongBuffer().get(entries);
    try {
      return SessionBucket.of(entries);
    } catch (IllegalArgumentException e) {
      throw new NotSerializableException(manifest + ": " + e.getMessage());
    }
  }
}
