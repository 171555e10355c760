package dev.limpet.cluster.sessions;

import dev.limpet.model.net.HostPort;
import java.util.function.Consumer;

/**
 * Another node, in this life of its, and the lease that this node has from it. Only the replica's
 * thread touches it. Times are {@link ClusterClock#nanos}.
 *
 * <p>With a lease from another node a node may answer clients from its own table: the grantor's
 * vote for a move then counts only together with the holder's. What this node grants is in its
 * {@link Acceptor}. Moraru, Andersen and Kaminsky, "Paxos Quorum Leases: Fast Reads Without
 * Sacrificing Writes" (2014).
 */
final class Peer {

  /** How long a lease lasts for its holder, from the moment it asked for it. */
  static final long LEASE_NANOS = 1_500_000_000L;

  final long uid;
  final String id;
  final HostPort address;
  final Consumer<Wire> link;
  boolean reachable;

  /** Whether its vote counts. */
  boolean voter;

  /** Of the voters that it knows, by its last message; before that it is not taken for behind. */
  long epoch = Long.MAX_VALUE;

  /** The last epoch of whose voters this node has told it. */
  long toldEpoch;

  /** The last epoch in which it knew all that was decided in earlier ones. */
  long settledEpoch;

  /** Whether it is about to stop. */
  boolean leaving;

  /** Whether its answers count, by its last heartbeat. */
  boolean synced;

  /** Nodes from which it waits in vain for an answer, by its last heartbeat. */
  long[] suspects = {};

  /** Whether this node has taken over its table once. */
  boolean merged;

  /** Heartbeats sent since it last answered one. */
  int unanswered;

  /** From a heartbeat to its answer, without the time that it waited for the answerer's next. */
  long roundTripNanos;

  /** Its last heartbeat, for this node's next one to answer. */
  long echo;

  /** When that came in. */
  long heardAt;

  /** Whether it renewed the peer's lease. */
  boolean renewed;

  private long lastAnswered;
  private boolean holding;
  private long heldUntil;

  Peer(long uid, String id, HostPort address, Consumer<Wire> link) {
    this.uid = uid;
    this.id = id;
    this.address = address;
    this.link = link;
  }

  /**
   * The peer has had the heartbeat that this node sent at that time, and held the answer for so
   * long.
   *
   * @return false if it has said so before
   */
  boolean hasAnswered(long sentAt, long heldNanos, long now) {
    if (sentAt == 0 || sentAt == lastAnswered) {
      return false;
    }
    lastAnswered = sentAt;
    unanswered = 0;
    roundTripNanos = Math.max(0, now - sentAt - heldNanos);
    return true;
  }

  /** Whether it has had a heartbeat that this node sent at that time or later. */
  boolean hasHeardSince(long nanos) {
    return lastAnswered != 0 && lastAnswered - nanos >= 0;
  }

  /** The peer promised it, when asked at that time; extends a lease or begins one. */
  void hold(long askedAt) {
    long until = askedAt + LEASE_NANOS;
    heldUntil = holding && heldUntil - until > 0 ? heldUntil : until;
    holding = true;
  }

  /** Whether this node has heard of every move that the peer has voted for. */
  boolean isHeld(long now) {
    holding = holding && heldUntil - now > 0;
    return holding;
  }

  /** When the lease of this node ends; of meaning while it is held. */
  long heldUntil() {
    return heldUntil;
  }
}
