/**
 * The session table: a replicated map whose entries merge (a state-based CRDT), with what makes it
 * more than eventually right: moves are decided by a majority, and a node answers from its own memory
 * only while no move can be decided without it. Start with {@link
 * dev.limpet.cluster.sessions.Sessions}; {@link dev.limpet.cluster.sessions.Replica} is the actor
 * behind it.
 */
@NullMarked
package dev.limpet.cluster.sessions;

import org.jspecify.annotations.NullMarked;
