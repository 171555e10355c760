/**
 * The state that the nodes agree on: membership, health and keys, as CRDTs in Akka Distributed
 * Data. {@link dev.limpet.cluster.state.StateActor} hears of all changes; start with {@link
 * dev.limpet.cluster.state.ClusterView}, which is what they add up to.
 */
@NullMarked
package dev.limpet.cluster.state;

import org.jspecify.annotations.NullMarked;
