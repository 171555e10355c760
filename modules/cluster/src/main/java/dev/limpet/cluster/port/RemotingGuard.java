package dev.limpet.cluster.port;

import akka.actor.ExtendedActorSystem;
import akka.remote.RemoteActorRefProvider;
import akka.remote.RemoteTransport;
import akka.remote.UniqueAddress;
import akka.remote.artery.ActorSystemTerminating;
import akka.remote.artery.ActorSystemTerminatingAck;
import akka.remote.artery.ArteryTransport;
import akka.remote.artery.Association;
import akka.remote.artery.OutboundHandshake.HandshakeReq;
import akka.remote.artery.OutboundHandshake.HandshakeRsp;
import akka.remote.artery.Quarantined;
import akka.remote.artery.compress.CompressionProtocol.ActorRefCompressionAdvertisementAck;
import akka.remote.artery.compress.CompressionProtocol.ClassManifestCompressionAdvertisementAck;
import akka.remote.artery.compress.CompressionProtocol.CompressionAdvertisement;
import akka.remote.serialization.ArteryMessageSerializer;
import dev.limpet.cluster.port.Refused.Kind;
import org.jspecify.annotations.Nullable;

/**
 * Guards what the remotings of nodes say to each other. No system messages pass: nodes do not watch
 * each other's actors, and with them go Terminate and its like.
 */
final class RemotingGuard extends Guard {

  private final Gate gate;
  private final ExtendedActorSystem system;

  RemotingGuard(ExtendedActorSystem system) {
    // Quarantine and end, handshakes, compression tables, flush.
    super(
        new ArteryMessageSerializer(system),
        "the remoting",
        "a",
        "b",
        "c",
        "d",
        "e",
        "f",
        "g",
        "h",
        "i",
        "o",
        "p");
    this.gate = Gate.of(system);
    this.system = system;
  }

  @Override
  Object checked(Object message) {
    UniqueAddress from = from(message);
    if (from != null) {
      gate.admit(from.address());
      refuseFalse(from);
    }
    return message;
  }

  /**
   * Either would end Akka's inbound streams, which end the actor system when it happens too often.
   */
  private void refuseFalse(UniqueAddress from) {
    if (from.address().equals(system.provider().getDefaultAddress())) {
      throw new Refused(
          Kind.STRANGER,
          "a node that calls itself %s, which is this one".formatted(Gate.hostPort(from.address())),
          from.address());
    }
    RemoteTransport transport = ((RemoteActorRefProvider) system.provider()).transport();
    Association known = ((ArteryTransport) transport).association(from.uid());
    if (known != null && !known.remoteAddress().equals(from.address())) {
      throw new Refused(
          Kind.STRANGER,
          "the node at %s, which has the identity of the one at %s"
              .formatted(Gate.hostPort(from.address()), Gate.hostPort(known.remoteAddress())),
          from.address());
    }
  }

  private static @Nullable UniqueAddress from(Object message) {
    return switch (message) {
      case HandshakeReq request -> request.from();
      case HandshakeRsp response -> response.from();
      case Quarantined quarantined -> quarantined.from();
      case ActorSystemTerminating terminating -> terminating.from();
      case ActorSystemTerminatingAck ack -> ack.from();
      case CompressionAdvertisement<?> table -> table.from();
      case ActorRefCompressionAdvertisementAck ack -> ack.from();
      case ClassManifestCompressionAdvertisementAck ack -> ack.from();
      default -> null;
    };
  }
}
