/**
 * The ports through which the data plane reads the cluster and tells it what it saw. Start with
 * {@link ClusterState}.
 */
@NullMarked
package dev.limpet.model.state;

import org.jspecify.annotations.NullMarked;
