package dev.limpet.cluster.port;

import akka.actor.ExtendedActorSystem;
import akka.serialization.ByteBufferSerializer;
import akka.serialization.JSerializer;
import akka.serialization.StringSerializer;
import dev.limpet.cluster.port.Refused.Kind;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import scala.Option;

/**
 * Guards the texts in replicated maps: a part of messages, and no message, as with {@link
 * DataGuard}.
 */
final class TextGuard extends JSerializer implements ByteBufferSerializer {

  private final StringSerializer guarded;

  TextGuard(ExtendedActorSystem system) {
    this.guarded = new StringSerializer(system);
  }

  @Override
  public int identifier() {
    return guarded.identifier();
  }

  @Override
  public boolean includeManifest() {
    return guarded.includeManifest();
  }

  @Override
  public byte[] toBinary(Object text) {
    return guarded.toBinary(text);
  }

  @Override
  public Object fromBinaryJava(byte[] bytes, @Nullable Class<?> manifest) {
    return guarded.fromBinary(bytes, Option.empty());
  }

  @Override
  public void toBinary(Object message, ByteBuffer buffer) {
    throw new IllegalArgumentException("no node sends a text");
  }

  @Override
  public Object fromBinary(ByteBuffer buffer, String manifest) {
    throw new Refused(Kind.MESSAGE, "a text as a message, which no node sends", null);
  }
}
