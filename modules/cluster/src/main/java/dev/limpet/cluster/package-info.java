/**
 * What the nodes agree on: membership, health, cookie keys and operators' orders, as CRDTs in Akka
 * Distributed Data, and the session table, in {@link dev.limpet.cluster.sessions}. Start with
 * {@link dev.limpet.cluster.ClusterNode}.
 */
@NullMarked
package dev.limpet.cluster;

import org.jspecify.annotations.NullMarked;
