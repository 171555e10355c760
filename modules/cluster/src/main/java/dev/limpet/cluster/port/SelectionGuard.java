package dev.limpet.cluster.port;

import akka.actor.ActorSelectionMessage;
import akka.actor.ExtendedActorSystem;
import akka.remote.serialization.MessageContainerSerializer;
import akka.serialization.JSerializer;
import dev.limpet.cluster.port.Refused.Kind;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import scala.Option;

/**
 * Guards messages to an actor by its path: only Akka's own that nodes address so, and the
 * formation, get any.
 */
final class SelectionGuard extends JSerializer {

  private static final Set<String> ACTORS =
      Set.of(
          "/system/cluster/core/daemon",
          "/system/cluster/heartbeatReceiver",
          "/system/ddataReplicator",
          // Akka runs it, whether it is used or not.
          "/system/clusterReceptionist/replicator",
          "/system/limpet-formation");

  private final MessageContainerSerializer guarded;

  SelectionGuard(ExtendedActorSystem system) {
    this.guarded = new MessageContainerSerializer(system);
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
  public byte[] toBinary(Object message) {
    return guarded.toBinary(message);
  }

  @Override
  public Object fromBinaryJava(byte[] bytes, @Nullable Class<?> manifest) {
    ActorSelectionMessage message;
    try (Reading reading = Reading.begin()) {
      reading.count(bytes);
      message = (ActorSelectionMessage) guarded.fromBinary(bytes, Option.empty());
    }
    String path = message.elements().mkString("/", "/", "");
    if (!ACTORS.contains(path)) {
      throw new Refused(
          Kind.ACTOR, "a message for " + path + ", which no node addresses by its path", null);
    }
    return message;
  }
}
