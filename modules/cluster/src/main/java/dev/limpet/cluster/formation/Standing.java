package dev.limpet.cluster.formation;

import dev.limpet.model.net.HostPort;
import java.util.Map;
import java.util.Set;

/**
 * How this node stands with the cluster that Akka knows of.
 *
 * @param others where the other members are, by their names, whatever their status
 * @param reachable the names of the full members that can be reached, this one included
 * @param hasElderNamesake whether another member has this node's name, and had it before
 */
record Standing(
    Stage stage, Map<String, HostPort> others, Set<String> reachable, boolean hasElderNamesake) {

  static final Standing OUTSIDE = new Standing(Stage.OUTSIDE, Map.of(), Set.of(), false);

  enum Stage {
    OUTSIDE,
    /** On its way in, or out. */
    BETWEEN,
    MEMBER
  }

  boolean isMember() {
    return stage == Stage.MEMBER;
  }

  boolean isOutside() {
    return stage == Stage.OUTSIDE;
  }
}
