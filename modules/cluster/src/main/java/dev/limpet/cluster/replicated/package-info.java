/**
 * Maps that all nodes hold, in Akka Distributed Data: how their entries are written, read and
 * spread, whatever they mean. Start with {@link dev.limpet.cluster.replicated.ReplicatedMap}.
 */
@NullMarked
package dev.limpet.cluster.replicated;

import org.jspecify.annotations.NullMarked;
