package dev.limpet.cluster.port;

import akka.serialization.SerializerWithStringManifest;
import dev.limpet.cluster.port.Refused.Kind;
import java.io.NotSerializableException;
import java.util.Set;

/**
 * Stands before one of Akka's serializers and lets through what our nodes send each other. Which
 * messages those are was read from Akka 2.8.5: a newer one that sends others is to be looked at
 * here.
 */
abstract class Guard extends SerializerWithStringManifest {

  private final SerializerWithStringManifest guarded;
  private final String of;
  private final Set<String> ours;

  Guard(SerializerWithStringManifest guarded, String of, String... ours) {
    this.guarded = guarded;
    this.of = of;
    this.ours = Set.of(ours);
  }

  @Override
  public int identifier() {
    return guarded.identifier();
  }

  @Override
  public String manifest(Object message) {
    return guarded.manifest(message);
  }

  @Override
  public byte[] toBinary(Object message) {
    return guarded.toBinary(message);
  }

  @Override
  public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
    if (!ours.contains(manifest)) {
      throw new Refused(
          Kind.MESSAGE, "a message of " + of + " that no node sends: " + manifest, null);
    }
    try (Reading reading = Reading.begin()) {
      reading.count(bytes);
      inspect(bytes, manifest, reading);
      return checked(guarded.fromBinary(bytes, manifest));
    }
  }

  /** Looks at bytes that are not fit for the guarded serializer as they are. */
  void inspect(byte[] bytes, String manifest, Reading reading) {}

  Object checked(Object message) {
    return message;
  }
}
