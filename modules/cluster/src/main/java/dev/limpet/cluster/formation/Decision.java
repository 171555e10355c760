package dev.limpet.cluster.formation;

import dev.limpet.cluster.voters.Electorate;
import dev.limpet.model.net.HostPort;
import java.util.Set;

/** What a node does next on its way to a cluster. */
sealed interface Decision {

  record Wait() implements Decision {}

  /** Joins the cluster of which one of these is a member. */
  record Join(Set<HostPort> members) implements Decision {}

  /** Founds a cluster in which these vote. */
  record Found(Electorate voters) implements Decision {}

  /** Leaves its cluster, to join another one. */
  record Leave(String why) implements Decision {}
}
