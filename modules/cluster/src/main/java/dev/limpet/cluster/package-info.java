/**
 * This node's part in the cluster. Start with {@link dev.limpet.cluster.ClusterNode}, the door:
 * {@code formation} brings the node into the cluster, {@code port} guards its way in, {@code state}
 * holds what the nodes agree on, in {@code replicated} maps, {@code health} and {@code discovery}
 * watch the servers, and {@code sessions} is the session table.
 */
@NullMarked
package dev.limpet.cluster;

import org.jspecify.annotations.NullMarked;
