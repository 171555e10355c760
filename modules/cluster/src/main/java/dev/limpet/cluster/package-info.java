/**
 * What the nodes agree on: membership, health, cookie keys and moved sessions, as CRDTs in Akka
 * Distributed Data. Start with {@link dev.limpet.cluster.ClusterNode}; the session table begins at
 * {@link dev.limpet.cluster.SessionBucket}.
 */
@NullMarked
package dev.limpet.cluster;

import org.jspecify.annotations.NullMarked;
