package dev.limpet.cluster.link;

/**
 * A message from one node to another.
 *
 * @param from the sender's {@code UniqueAddress.longUid}, which changes when a node restarts
 * @param to the addressee's, so that a node does not take what was meant for the one before it
 * @param kind the {@link Link.Kind}'s number; nodes of later versions may send others
 */
@SuppressWarnings("ArrayRecordComponent") // Nobody compares them.
record Parcel(long from, long to, byte kind, byte[] content) implements LinkActor.Command {}
