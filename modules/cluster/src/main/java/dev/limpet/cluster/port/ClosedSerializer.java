package dev.limpet.cluster.port;

import akka.actor.ExtendedActorSystem;
import akka.serialization.SerializerWithStringManifest;
import dev.limpet.cluster.port.Refused.Kind;

/** Stands instead of a serializer that no node needs, and refuses whatever comes. */
final class ClosedSerializer extends SerializerWithStringManifest {

  private final int identifier;

  /**
   * @param name the replaced serializer's: no two may have one identifier, and the replaced one's
   *     own is to be nobody's
   */
  ClosedSerializer(ExtendedActorSystem system, String name) {
    this.identifier = name.hashCode() | 1 << 30;
  }

  @Override
  public int identifier() {
    return identifier;
  }

  @Override
  public String manifest(Object message) {
    return "";
  }

  @Override
  public byte[] toBinary(Object message) {
    throw new IllegalArgumentException("no node sends a " + message.getClass().getName());
  }

  @Override
  public Object fromBinary(byte[] bytes, String manifest) {
    throw new Refused(Kind.MESSAGE, "a message that no node sends", null);
  }
}
