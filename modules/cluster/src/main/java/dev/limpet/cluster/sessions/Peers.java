package dev.limpet.cluster.sessions;

import dev.limpet.cluster.voters.Electorate;
import dev.limpet.cluster.voters.VoterRoll;
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

/**
 * The other nodes, which of them vote, and what makes a majority. Only the replica's thread touches
 * it.
 */
final class Peers {

  /**
   * Another node, as the cluster's membership knows it.
   *
   * @param id by which voters are known
   * @param reachable whether it is a full member, and nobody says that it does not answer
   * @param link sends to it; messages may be lost, doubled, and overtake one another
   */
  record Node(long uid, String id, HostPort address, boolean reachable, Consumer<Wire> link) {}

  /** Heartbeats that may go unanswered, one after the other. */
  private static final int PATIENCE = 4;

  private final long self;
  private final VoterRoll roll;
  private final Map<Long, Peer> peers = new HashMap<>();
  private List<Peer> voters = List.of();
  private List<Peer> learners = List.of();

  /** Who votes in the cluster that this node is in; none until it has heard of it there. */
  private Electorate electorate;

  /**
   * @param self this node's uid
   */
  Peers(long self, VoterRoll roll) {
    this.self = self;
    this.roll = roll;
    this.electorate = roll.electorate().isFixed() ? roll.electorate() : Electorate.NONE;
  }

  /** Takes notice of who the members are, this node included. */
  void update(List<Node> members) {
    Set<Long> uids = new HashSet<>();
    for (Node member : members) {
      if (member.uid() != self) {
        uids.add(member.uid());
        peers.computeIfAbsent(
                    member.uid(),
                    uid -> new Peer(uid, member.id(), member.address(), member.link()))
                .reachable =
            member.reachable();
      }
    }
    peers.keySet().retainAll(uids);
    sort();
  }

  /** From now on these vote. */
  void follow(Electorate next) {
    electorate = next;
    sort();
  }

  /** Finds out which of the others vote: of two with one id only the one that did before. */
  private void sort() {
    Set<String> seen = new HashSet<>(Set.of(roll.self()));
    voters.stream().filter(peer -> peers.get(peer.uid) == peer).forEach(peer -> seat(peer, seen));
    Set<Peer> seated = new HashSet<>(voters);
    peers.values().stream()
        .filter(peer -> !seated.contains(peer))
        .forEach(peer -> seat(peer, seen));
    voters = peers.values().stream().filter(peer -> peer.voter).toList();
    learners = peers.values().stream().filter(peer -> !peer.voter).toList();
  }

  private void seat(Peer peer, Set<String> seen) {
    peer.voter = electorate.has(peer.id) && seen.add(peer.id);
  }

  Electorate electorate() {
    return electorate;
  }

  /** How many votes make a majority. */
  int majority() {
    return electorate.majority();
  }

  /** Whether this node's vote counts, once it holds the table. */
  boolean selfVotes() {
    return electorate.has(roll.self());
  }

  @Nullable Peer get(long uid) {
    return peers.get(uid);
  }

  Collection<Peer> all() {
    return peers.values();
  }

  /** The other nodes that vote. */
  List<Peer> voters() {
    return voters;
  }

  /** The other nodes that do not: they hold the table, and nobody waits for them. */
  List<Peer> learners() {
    return learners;
  }

  /**
   * Those that know all that is decided, a majority of them together: the voters. Where this node
   * is the only one of them, what it has lost is with those that have learned it.
   */
  Collection<Peer> teachers() {
    return voters.isEmpty() && selfVotes() ? peers.values() : voters;
  }

  /** Those between whom and this node there are heartbeats: learners have none with each other. */
  Collection<Peer> partners() {
    return selfVotes() || !electorate.isKnown() ? peers.values() : voters;
  }

  long self() {
    return self;
  }

  Wire.Envelope envelopeTo(long uid) {
    return new Wire.Envelope(self, uid, electorate.epoch());
  }

  void send(Peer to, Function<Wire.Envelope, Wire> message) {
    to.link.accept(message.apply(envelopeTo(to.uid)));
  }

  /** Whether so many voters answer that they make a majority with this node's vote. */
  boolean hasMajority() {
    long others = voters.stream().filter(Peers::answers).count();
    return electorate.isKnown() && (selfVotes() ? 1 : 0) + others >= majority();
  }

  /**
   * Whether so many voters answer whose votes count that these make a majority.
   *
   * @param own whether this node holds the table
   */
  boolean hasQuorum(boolean own) {
    long others = voters.stream().filter(peer -> answers(peer) && peer.synced).count();
    return electorate.isKnown() && (own && selfVotes() ? 1 : 0) + others >= majority();
  }

  static boolean answers(Peer peer) {
    return peer.unanswered < PATIENCE;
  }

  /**
   * Until when this node holds leases from so many others that they make a majority with it. No
   * move can be decided by then that it does not hear of.
   */
  long currentUntil(long now) {
    if (!electorate.isKnown()) {
      return now;
    }
    long[] ends =
        voters.stream()
            .filter(peer -> peer.isHeld(now))
            .mapToLong(peer -> peer.heldUntil() - now)
            .sorted()
            .toArray();
    int needed = majority() - (selfVotes() ? 1 : 0);
    if (needed == 0) {
      return now + Peer.LEASE_NANOS;
    }
    return ends.length < needed ? now : now + ends[ends.length - needed];
  }

  /** Whether a node that answers waits in vain for this one. */
  boolean isSuspected(Peer suspect) {
    return peers.values().stream()
        .filter(Peers::answers)
        .flatMapToLong(peer -> LongStream.of(peer.suspects))
        .anyMatch(uid -> uid == suspect.uid);
  }
}
