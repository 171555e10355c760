package dev.limpet.cluster.state;

import dev.limpet.cluster.health.Verdict;
import dev.limpet.cluster.replicated.Codec;
import dev.limpet.cluster.replicated.ReplicatedMap;
import dev.limpet.model.state.Ejection;
import java.util.List;
import java.util.Map;

/** The replicated maps that the cluster's state is made of. */
final class StateMaps {

  /** The servers that each node's settings and discovery name, by node. */
  static final ReplicatedMap<String, Declaration> DECLARATIONS =
      new ReplicatedMap<>(
          "declarations",
          Codec.TEXT,
          Declaration.CODEC,
          node -> node,
          // Who cannot be understood declares nothing, and nobody is to wait for more.
          Declaration.NOTHING);

  static final ReplicatedMap<ServerAtNode, Verdict> VERDICTS =
      ofServers("verdicts", new Codec<>(Verdict::encode, Verdict::decode));

  /** The versions of calls for help: a node could not connect to a server. */
  static final ReplicatedMap<ServerAtNode, Long> ALARMS = ofServers("alarms", Codec.NUMBER);

  /** The versions at which clients were answered at servers that are suspect. */
  static final ReplicatedMap<ServerAtNode, Long> ANSWERS = ofServers("answers", Codec.NUMBER);

  static final ReplicatedMap<ServerAtNode, Ejection> EJECTIONS =
      ofServers("ejections", Ejections.CODEC);

  /** How many requests last at each server, by node. */
  static final ReplicatedMap<String, Map<String, Integer>> LOADS =
      new ReplicatedMap<>("loads", Codec.TEXT, Loads.CODEC, node -> node, null);

  /** The keys that sign session cookies, in hex. */
  static final ReplicatedMap<KeyName, String> COOKIE_KEYS = ofKeys("cookie-keys");

  /** The keys that seal TLS session tickets, likewise. */
  static final ReplicatedMap<KeyName, String> TICKET_KEYS = ofKeys("ticket-keys");

  static final List<ReplicatedMap<?, ?>> ALL =
      List.of(DECLARATIONS, VERDICTS, ALARMS, ANSWERS, EJECTIONS, LOADS, COOKIE_KEYS, TICKET_KEYS);

  private StateMaps() {}

  private static <V> ReplicatedMap<ServerAtNode, V> ofServers(String id, Codec<V> values) {
    return new ReplicatedMap<>(id, ServerAtNode.CODEC, values, ServerAtNode::node, null);
  }

  private static ReplicatedMap<KeyName, String> ofKeys(String id) {
    return new ReplicatedMap<>(id, KeyName.CODEC, HeldKeys.HEX, name -> null, null);
  }
}
