package dev.limpet.cluster.state;

import dev.limpet.cluster.health.Verdict;
import dev.limpet.model.state.Ejection;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One of the cluster's small maps: how its entries are written, and whose they are.
 *
 * @param id the same at all nodes
 * @param owner the node that an entry goes with; null where it outlives nodes
 * @param standIn what counts as the value that cannot be read; null: the entry is left out
 */
record ReplicatedMap<K, V>(
    String id,
    Codec<K> keys,
    Codec<V> values,
    Function<K, @Nullable String> owner,
    @Nullable V standIn) {

  /** What each node's settings and DNS say, by node. */
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

  /** By the server's id. */
  static final ReplicatedMap<String, AdminOverride> OVERRIDES =
      new ReplicatedMap<>("overrides", Codec.TEXT, AdminOverride.CODEC, server -> null, null);

  /** What signs session cookies, in hex. */
  static final ReplicatedMap<KeyName, String> COOKIE_KEYS = ofKeys("cookie-keys");

  /** What seals TLS session tickets, likewise. */
  static final ReplicatedMap<KeyName, String> TICKET_KEYS = ofKeys("ticket-keys");

  static final List<ReplicatedMap<?, ?>> ALL =
      List.of(
          DECLARATIONS,
          VERDICTS,
          ALARMS,
          ANSWERS,
          EJECTIONS,
          LOADS,
          OVERRIDES,
          COOKIE_KEYS,
          TICKET_KEYS);

  private static <V> ReplicatedMap<ServerAtNode, V> ofServers(String id, Codec<V> values) {
    return new ReplicatedMap<>(id, ServerAtNode.CODEC, values, ServerAtNode::node, null);
  }

  private static ReplicatedMap<KeyName, String> ofKeys(String id) {
    return new ReplicatedMap<>(id, KeyName.CODEC, HeldKeys.HEX, name -> null, null);
  }
}
