package dev.limpet.cluster.sessions;

import akka.actor.typed.ActorRefResolver;
import akka.actor.typed.ActorSystem;
import akka.cluster.ClusterEvent.CurrentClusterState;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import dev.limpet.model.HostPort;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** The other nodes, and what makes a majority. Only the replica's thread touches it. */
final class Peers {

  private static final Set<MemberStatus> GONE =
      Set.of(MemberStatus.down(), MemberStatus.exiting(), MemberStatus.removed());

  /** Heartbeats that may go unanswered, one after the other. */
  private static final int PATIENCE = 4;

  private final ActorSystem<?> system;
  private final Member self;
  private final List<HostPort> configured;
  private final Map<Long, Peer> peers = new HashMap<>();
  private int majority;

  /**
   * @param configured all nodes that the settings name, whether they run or not
   */
  Peers(ActorSystem<?> system, Member self, List<HostPort> configured) {
    this.system = system;
    this.self = self;
    this.configured = configured;
    this.majority = configured.size() / 2 + 1;
  }

  /**
   * Takes notice of who the members are. A majority is one of all nodes that are members or that the
   * settings name, so that a few who have lost the others do not take themselves for all.
   */
  void update(CurrentClusterState cluster) {
    Set<Long> members = new HashSet<>();
    Set<HostPort> all = new HashSet<>(configured);
    for (Member member : cluster.getMembers()) {
      if (!GONE.contains(member.status())) {
        HostPort address = addressOf(member);
        all.add(address);
        long uid = member.uniqueAddress().longUid();
        if (!member.uniqueAddress().equals(self.uniqueAddress())) {
          members.add(uid);
          Peer peer = peers.computeIfAbsent(uid, unseen -> peer(uid, address, member));
          peer.reachable =
              member.status().equals(MemberStatus.up())
                  && !cluster.getUnreachable().contains(member);
        }
      }
    }
    peers.keySet().retainAll(members);
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
    return self.uniqueAddress().longUid();
  }

  void send(Peer to, Function<Wire.Envelope, Wire> message) {
    to.replica.tell(message.apply(new Wire.Envelope(self(), to.uid)));
  }

  /** Whether so many nodes answer that they make a majority with this one. */
  boolean hasMajority() {
    return 1 + peers.values().stream().filter(peer -> peer.unanswered < PATIENCE).count()
        >= majority;
  }

  /**
   * Until when this node holds leases from so many others that they make a majority with it. No move
   * can be decided by then that it does not hear of.
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
        .filter(peer -> peer.unanswered < PATIENCE)
        .flatMapToLong(peer -> LongStream.of(peer.suspects))
        .anyMatch(uid -> uid == suspect.uid);
  }

  private Peer peer(long uid, HostPort address, Member member) {
    return new Peer(
        uid,
        address,
        ActorRefResolver.get(system)
            .resolveActorRef(member.address() + "/system/" + Replica.NAME));
  }

  private static HostPort addressOf(Member member) {
    return new HostPort(
        member.address().getHost().orElse(""), member.address().getPort().orElse(0));
  }
}
