package dev.limpet.cluster.state;

import dev.limpet.cluster.health.Verdict;
import dev.limpet.model.state.Ejection;
import java.util.Map;

/** The entries of those replicated maps that a {@link ClusterView} is made of. */
record Replicated(
    Map<String, Declaration> declarations,
    Map<ServerAtNode, Verdict> verdicts,
    Map<ServerAtNode, Ejection> ejections,
    Map<String, AdminOverride> overrides,
    Map<String, Map<String, Integer>> loads,
    Map<KeyName, String> cookieKeys,
    Map<KeyName, String> ticketKeys) {

  static Replicated of(ReplicatedMaps<?> maps) {
    return new Replicated(
        maps.get(ReplicatedMap.DECLARATIONS),
        maps.get(ReplicatedMap.VERDICTS),
        maps.get(ReplicatedMap.EJECTIONS),
        maps.get(ReplicatedMap.OVERRIDES),
        maps.get(ReplicatedMap.LOADS),
        maps.get(ReplicatedMap.COOKIE_KEYS),
        maps.get(ReplicatedMap.TICKET_KEYS));
  }
}
