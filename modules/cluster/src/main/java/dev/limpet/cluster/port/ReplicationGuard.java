package dev.limpet.cluster.port;

import akka.actor.ExtendedActorSystem;
import akka.cluster.ddata.protobuf.ReplicatorMessageSerializer;

/**
 * Guards Distributed Data between replicators. Only a node's own actors get, subscribe and update.
 */
final class ReplicationGuard extends Guard {

  ReplicationGuard(ExtendedActorSystem system) {
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
