package dev.limpet.cluster.sessions;

import akka.serialization.SerializerWithStringManifest;
import java.io.NotSerializableException;

/**
 * Writes and reads the messages between replicas. Named in the actor system's serialization
 * bindings.
 */
public final class SessionSerializer extends SerializerWithStringManifest {

  private static final int IDENTIFIER = 4_157_002;

  @Override
  public int identifier() {
    return IDENTIFIER;
  }

  @Override
  public String manifest(Object message) {
    return Wire.kind((Wire) message);
  }

  @Override
  public byte[] toBinary(Object message) {
    return Wire.toBytes((Wire) message);
  }

  @Override
  public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
    return Wire.fromBytes(manifest, bytes);
  }
}
