package dev.limpet.cluster.sessions;

import dev.limpet.model.net.HostPort;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** The other nodes, and what makes a majority. Only the replica's thread touches it. */
final class Peers {

  /**
   * Another node, as the cluster's membership knows it.
   *
   * @param reachable whether it is a full member, and nobody says that it does not answer
   * @param link sends to it; messages may be lost, doubled, and overtake one another
   */
  record Node(long uid, HostPort address, boolean reachable, Consumer<Wire> link) {}

  /** Heartbeats that may go unanswered, one after the other. */
  private static final int PATIENCE = 4;

  private final long self;
  private final List<HostPort> configured;
  private final Map<Long, Peer> peers = new HashMap<>();
  private int majority;

  /**
   * @param self this node's uid
   * @param configured all nodes that the settings name, whether they run or not
   */
  Peers(long self, List<HostPort> configured) {
    this.self = self;
    this.configured = configured;
    this.majority = configured.size() / 2 + 1;
  }

  /**
   * Takes notice of who the members are, this node included. A majority is one of all nodes that
   * are members or that the settings name, so that a few who have lost the others do not take
   * themselves for all.
   */
  void update(List<Node> members) {
    Set<Long> uids = new HashSet<>();
    Set<HostPort> all = new HashSet<>(configured);
    for (Node member : members) {
      all.add(member.address());
      if (member.uid() != self) {
        uids.add(member.uid());
        peers.computeIfAbsent(member.uid(), uid -> new Peer(uid, member.address(), member.link()))
                .reachable =
            member.reachable();
      }
    }
    peers.keySet().retainAll(uids);
    majority = all.size() / 2 + 1;
  }

  /** How many nodes make a majority, this one included. */
  int majority() {
    return majority;
  }

  @Nullable Peer get(long uid) {
    return peers.get(uid);
  }

  Collection<Peer> all() {
    return peers.values();
  }

  long self() {
    return self;
  }

  void send(Peer to, Function<Wire.Envelope, Wire> message) {
    to.link.accept(message.apply(new Wire.Envelope(self(), to.uid)));
  }

  /** Whether so many nodes answer that they make a majority with this one. */
  boolean hasMajority() {
    return 1 + peers.values().stream().filter(Peers::answers).count() >= majority;
  }

  /**
   * Whether so many nodes answer whose votes count that these make a majority.
   *
   * @param own whether this node's vote counts
   */
  boolean hasQuorum(boolean own) {
    long others = peers.values().stream().filter(peer -> answers(peer) && peer.synced).count();
    return (own ? 1 : 0) + others >= majority;
  }

  private static boolean answers(Peer peer) {
    return peer.unanswered < PATIENCE;
  }

  /**
   * Until when this node holds leases from so many others that they make a majority with it. No
   * move can be decided by then that it does not hear of.
   */
  long currentUntil(long now) {
    long[] ends =
        peers.values().stream()
            .filter(peer -> peer.isHeld(now))
            .mapToLong(peer -> peer.heldUntil() - now)
            .sorted()
            .toArray();
    int needed = majority - 1;
    if (needed == 0) {
      return now + Peer.LEASE_NANOS;
    }
    return ends.length < needed ? now : now + ends[ends.length - needed];
  }

  /** Nodes that may answer clients by a lease from this one. */
  long[] granted(long now) {
    return peers.values().stream()
        .filter(peer -> peer.isGranted(now))
        .mapToLong(peer -> peer.uid)
        .toArray();
  }

  /** Whether a node that answers waits in vain for this one. */
  boolean isSuspected(Peer suspect) {
    return peers.values().stream()
        .filter(Peers::answers)
        .flatMapToLong(peer -> LongStream.of(peer.suspects))
        .anyMatch(uid -> uid == suspect.uid);
  }
}
