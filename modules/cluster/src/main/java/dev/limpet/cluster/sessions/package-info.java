/**
 * The session table: a replicated map whose entries merge (a state-based CRDT), with what makes it
 * more than eventually right: moves are decided by a majority, and a node answers from its own
 * memory only while no move can be decided without it. Start with {@link
 * dev.limpet.cluster.sessions.Sessions}; {@code Replication} is the protocol behind it, and {@link
 * dev.limpet.cluster.sessions.Replica} the actor that runs it.
 */
@NullMarked
package dev.limpet.cluster.sessions;

import org.jspecify.annotations.NullMarked;
