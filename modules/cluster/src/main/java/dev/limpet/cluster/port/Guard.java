package dev.limpet.cluster.port;

import akka.actor.ActorSelectionMessage;
import akka.actor.ExtendedActorSystem;
import akka.cluster.InternalClusterAction;
import akka.cluster.ddata.protobuf.ReplicatedDataSerializer;
import akka.cluster.ddata.protobuf.ReplicatorMessageSerializer;
import akka.cluster.protobuf.ClusterMessageSerializer;
import akka.cluster.protobuf.msg.ClusterMessages.GossipEnvelope;
import akka.cluster.protobuf.msg.ClusterMessages.InitJoin;
import akka.cluster.protobuf.msg.ClusterMessages.InitJoinAck;
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
import akka.remote.serialization.MessageContainerSerializer;
import akka.serialization.ByteBufferSerializer;
import akka.serialization.JSerializer;
import akka.serialization.SerializerWithStringManifest;
import akka.serialization.StringSerializer;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.limpet.cluster.port.Refused.Kind;
import java.io.IOException;
import java.io.NotSerializableException;
import java.nio.ByteBuffer;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import scala.Option;

/**
 * Stands before one of Akka's serializers and lets through what our nodes send each other. Which
 * messages those are was read from Akka 2.8.5: a newer one that sends others is to be looked at
 * here.
 */
abstract class Guard extends SerializerWithStringManifest {

  private final SerializerWithStringManifest guarded;
  private final String of;
  private final Set<String> ours;

  private Guard(SerializerWithStringManifest guarded, String of, String... ours) {
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

  /**
   * What Akka's remoting says to itself. No system messages: nodes do not watch each other's
   * actors, and with them go Terminate and its like.
   */
  static final class Remoting extends Guard {

    private final Gate gate;
    private final ExtendedActorSystem system;

    Remoting(ExtendedActorSystem system) {
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
     * Either would end Akka's inbound streams, which end the actor system when it happens too
     * often.
     */
    private void refuseFalse(UniqueAddress from) {
      if (from.address().equals(system.provider().getDefaultAddress())) {
        throw new Refused(
            Kind.STRANGER,
            "a node that calls itself %s, which is this one"
                .formatted(Gate.hostPort(from.address())),
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

  /**
   * Membership. No Leave and no Down: a node decides about itself, and the split brain resolver
   * locally.
   *
   * <p>A node that joins sends its settings, which Akka reads as HOCON: that may include files and
   * addresses, and overflow the stack. Nodes send them as JSON.
   */
  static final class Membership extends Guard {

    private static final JsonFactory JSON =
        JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(64).build())
            .build();

    private final Gate gate;

    Membership(ExtendedActorSystem system) {
      super(
          new ClusterMessageSerializer(system),
          "the membership",
          "J",
          "W",
          "IJ",
          "IJA",
          "IJN",
          "HB",
          "HBR",
          "EC",
          "GS",
          "GE");
      this.gate = Gate.of(system);
    }

    @Override
    void inspect(byte[] bytes, String manifest, Reading reading) {
      try {
        switch (manifest) {
          // Akka unpacks it when nobody looks any more.
          case "GE" ->
              reading.count(GossipEnvelope.parseFrom(bytes).getSerializedGossip().newInput());
          case "IJ" -> checkSettings(InitJoin.parseFrom(bytes).getCurrentConfig());
          case "IJA" ->
              checkSettings(InitJoinAck.parseFrom(bytes).getConfigCheck().getClusterConfig());
          default -> {}
        }
      } catch (IOException e) {
        throw Refused.unreadable();
      }
    }

    @Override
    Object checked(Object message) {
      if (message instanceof InternalClusterAction.Join join) {
        gate.admit(join.node().address());
      }
      return message;
    }

    private static void checkSettings(String settings) throws IOException {
      try (JsonParser json = JSON.createParser(settings)) {
        while (json.nextToken() != null) {
          // The parser checks.
        }
      }
    }
  }

  /** Distributed Data between replicators. Only a node's own actors get, subscribe and update. */
  static final class Replication extends Guard {

    Replication(ExtendedActorSystem system) {
      // An envelope, a write, a read and their answers, status, gossip, deltas.
      super(
          new ReplicatorMessageSerializer(system),
          "the replication",
          "H",
          "I",
          "J",
          "K",
          "L",
          "M",
          "N",
          "O",
          "Q",
          "R");
    }
  }

  /** Messages to an actor by its path: Akka's own that nodes address so, and the formation. */
  static final class Selections extends JSerializer {

    private static final Set<String> ACTORS =
        Set.of(
            "/system/cluster/core/daemon",
            "/system/cluster/heartbeatReceiver",
            "/system/ddataReplicator",
            // Akka runs it, whether it is used or not.
            "/system/clusterReceptionist/replicator",
            "/system/limpet-formation");

    private final MessageContainerSerializer guarded;

    Selections(ExtendedActorSystem system) {
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

  /**
   * What the replicated maps are made of: a part of messages, and no message. Akka's remoting reads
   * messages from its buffers, and parts of them from bytes.
   */
  static final class Data extends SerializerWithStringManifest implements ByteBufferSerializer {

    private final ReplicatedDataSerializer guarded;

    Data(ExtendedActorSystem system) {
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

  /** The texts in them, likewise. */
  static final class Text extends JSerializer implements ByteBufferSerializer {

    private final StringSerializer guarded;

    Text(ExtendedActorSystem system) {
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

  /** In the place of a serializer that is not needed. */
  static final class Closed extends SerializerWithStringManifest {

    private final int identifier;

    /**
     * @param name the replaced serializer's: no two may have one identifier, and the replaced one's
     *     own is to be nobody's
     */
    Closed(ExtendedActorSystem system, String name) {
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
}
