package dev.limpet.cluster.state;

import dev.limpet.cluster.health.Verdict;
import dev.limpet.cluster.replicated.ReplicatedMaps;
import dev.limpet.model.state.Ejection;
import java.util.Map;

/** The entries of those replicated maps that a {@link ClusterView} is made of. */
record Replicated(
    Map<String, Declaration> declarations,
    Map<ServerAtNode, Verdict> verdicts,
    Map<ServerAtNode, Ejection> ejections,
    Map<String, Map<String, Integer>> loads,
    Map<KeyName, String> cookieKeys,
    Map<KeyName, String> ticketKeys) {

  static Replicated of(ReplicatedMaps<?> maps) {
    return new Replicated(
        maps.get(StateMaps.DECLARATIONS),
        maps.get(StateMaps.VERDICTS),
        maps.get(StateMaps.EJECTIONS),
        maps.get(StateMaps.LOADS),
        maps.get(StateMaps.COOKIE_KEYS),
        maps.get(StateMaps.TICKET_KEYS));
  }
}
