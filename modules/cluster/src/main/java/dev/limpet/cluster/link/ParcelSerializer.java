package dev.limpet.cluster.link;

import akka.serialization.SerializerWithStringManifest;
import java.io.NotSerializableException;
import java.nio.ByteBuffer;

/**
 * Writes and reads {@link Parcel}s: sender, addressee, content. The manifest carries the version of
 * the format. Named in the actor system's serialization bindings.
 */
public final class ParcelSerializer extends SerializerWithStringManifest {

  private static final String PARCEL = "P1";
  private static final int IDENTIFIER = 4_157_004;
  private static final int HEAD = 2 * Long.BYTES;

  @Override
  public int identifier() {
    return IDENTIFIER;
  }

  @Override
  public String manifest(Object message) {
    return PARCEL;
  }

  @Override
  public byte[] toBinary(Object message) {
    Parcel parcel = (Parcel) message;
    return ByteBuffer.allocate(HEAD + parcel.content().length)
        .putLong(parcel.from())
        .putLong(parcel.to())
        .put(parcel.content())
        .array();
  }

  @Override
  public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
    if (!manifest.equals(PARCEL) || bytes.length < HEAD) {
      throw new NotSerializableException(manifest + " of " + bytes.length + " bytes");
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    long from = buffer.getLong();
    long to = buffer.getLong();
    byte[] content = new byte[buffer.remaining()];
    buffer.get(content);
    return new Parcel(from, to, content);
  }
}
