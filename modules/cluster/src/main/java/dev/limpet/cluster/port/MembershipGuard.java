package dev.limpet.cluster.port;

import akka.actor.ExtendedActorSystem;
import akka.cluster.InternalClusterAction;
import akka.cluster.protobuf.ClusterMessageSerializer;
import akka.cluster.protobuf.msg.ClusterMessages.GossipEnvelope;
import akka.cluster.protobuf.msg.ClusterMessages.InitJoin;
import akka.cluster.protobuf.msg.ClusterMessages.InitJoinAck;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;

/**
 * Guards the messages of the membership. No Leave and no Down pass: a node decides about itself,
 * and the split brain resolver locally.
 *
 * <p>A node that joins sends its settings, which Akka reads as HOCON: that may include files and
 * addresses, and overflow the stack. Nodes send them as JSON.
 */
final class MembershipGuard extends Guard {

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(64).build())
          .build();

  private final Gate gate;

  MembershipGuard(ExtendedActorSystem system) {
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
