package dev.limpet.cluster.link;

import akka.serialization.SerializerWithStringManifest;
import java.io.NotSerializableException;
import java.nio.ByteBuffer;

/**
 * Writes and reads {@link Parcel}s: sender, addressee, kind, content. The manifest carries the
 * version of the format; those of the first kind go in the first one, which has no kind, for nodes
 * of version 0.1.0 know no other. Named in the actor system's serialization bindings.
 */
public final class ParcelSerializer extends SerializerWithStringManifest {

  private static final String WITHOUT_KIND = "P1";
  private static final String WITH_KIND = "P2";
  private static final int IDENTIFIER = 4_157_004;
  private static final int HEAD = 2 * Long.BYTES;

  @Override
  public int identifier() {
    return IDENTIFIER;
  }

  @Override
  public String manifest(Object message) {
    return isFirst(((Parcel) message).kind()) ? WITHOUT_KIND : WITH_KIND;
  }

  private static boolean isFirst(byte kind) {
    return kind == Link.Kind.CHANGES.number();
  }

  @Override
  public byte[] toBinary(Object message) {
    Parcel parcel = (Parcel) message;
    boolean first = isFirst(parcel.kind());
    ByteBuffer bytes =
        ByteBuffer.allocate(HEAD + (first ? 0 : 1) + parcel.content().length)
            .putLong(parcel.from())
            .putLong(parcel.to());
    if (!first) {
      bytes.put(parcel.kind());
    }
    return bytes.put(parcel.content()).array();
  }

  @Override
  public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
    boolean withKind = manifest.equals(WITH_KIND);
    boolean known = withKind || manifest.equals(WITHOUT_KIND);
    if (!known || bytes.length < HEAD + (withKind ? 1 : 0)) {
      throw new NotSerializableException(manifest + " of " + bytes.length + " bytes");
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    long from = buffer.getLong();
    long to = buffer.getLong();
    byte kind = withKind ? buffer.get() : Link.Kind.CHANGES.number();
    byte[] content = new byte[buffer.remaining()];
    buffer.get(content);
    return new Parcel(from, to, kind, content);
  }
}
