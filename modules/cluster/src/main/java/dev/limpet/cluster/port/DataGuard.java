package dev.limpet.cluster.port;

import akka.actor.ExtendedActorSystem;
import akka.cluster.ddata.protobuf.ReplicatedDataSerializer;
import akka.serialization.ByteBufferSerializer;
import akka.serialization.SerializerWithStringManifest;
import dev.limpet.cluster.port.Refused.Kind;
import java.nio.ByteBuffer;

/**
 * Guards what replicated maps are made of: a part of messages, and no message. Akka's remoting
 * reads messages from its buffers, and parts of them from bytes.
 */
final class DataGuard extends SerializerWithStringManifest implements ByteBufferSerializer {

  private final ReplicatedDataSerializer guarded;

  DataGuard(ExtendedActorSystem system) {
    this.guarded = new ReplicatedDataSerializer(system);
  }

  @Override
  public int identifier() {
    return guarded.identifier();
  }

  @Override
  public String manifest(Object part) {
    return guarded.manifest(part);
  }

  @Override
  public byte[] toBinary(Object part) {
    return guarded.toBinary(part);
  }

  @Override
  public Object fromBinary(byte[] bytes, String manifest) {
    try (Reading reading = Reading.begin()) {
      reading.count(bytes);
      return guarded.fromBinary(bytes, manifest);
    }
  }

  @Override
  public void toBinary(Object message, ByteBuffer buffer) {
    throw new IllegalArgumentException("no node sends a " + message.getClass().getName());
  }

  @Override
  public Object fromBinary(ByteBuffer buffer, String manifest) {
    throw new Refused(Kind.MESSAGE, "replicated data as a message, which no node sends", null);
  }
}
