package dev.limpet.cluster.formation;

import akka.actor.ActorSelection;
import akka.actor.Address;
import akka.actor.AddressFromURIString;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Adapter;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Join;
import akka.cluster.typed.JoinSeedNodes;
import dev.limpet.model.net.HostPort;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings this node into the cluster where the settings list all nodes, and sees to it that there is
 * only one; where nodes find each other, {@link Gathering} does. A node that starts asks its peers;
 * if one of them is a member, it joins there. A new cluster is formed only by a node that the
 * majority of the peers has voted for, and a peer votes for one node at a time, so neither a first
 * start nor the restart of a node that cannot reach the others makes a second cluster.
 *
 * <p>Akka's seed nodes do not give this: the first of them forms a cluster of its own when the
 * others are slow to answer.
 */
public final class Formation extends AbstractBehavior<Formation.Command> {

  public static final String NAME = "limpet-formation";

  /** The kinds of messages between nodes. */
  enum Word {
    /** Are you a member? */
    ASK,
    /** Are you a member, and if not, may I form the cluster? */
    STAND,
    MEMBER,
    VOTE,
    /** Neither a member nor free to vote. */
    NOTHING
  }

  public sealed interface Command permits Talk, Misled, Round, Hail, Gathering.Own {}

  /**
   * One message between two nodes.
   *
   * @param stamp with STAND the candidate's monotonic clock in nanoseconds, which a VOTE repeats;
   *     of no meaning with other words
   */
  record Talk(Word word, HostPort from, long stamp) implements Command {}

  /**
   * A node of a cluster of another name has this one among its peers: its log is to say so as well.
   */
  public record Misled(Address node) implements Command {}

  private enum Round implements Command {
    NEXT
  }

  private static final Logger LOG = LoggerFactory.getLogger(Formation.class);
  private static final Duration ROUND = Duration.ofMillis(250);

  /** So long a vote binds the voter. It joins whom it has voted for well within this time. */
  private static final long VOTE_NANOS = Duration.ofSeconds(5).toNanos();

  /**
   * So long after it has asked for it the candidate counts a vote: well below the time that the
   * vote binds, even if the candidate was frozen in between.
   */
  private static final long COUNT_NANOS = Duration.ofSeconds(2).toNanos();

  /** So long a candidate waits for peers that say nothing: one of them may be a member. */
  private static final long ANSWER_ROUNDS = 8;

  private static final long MEMBER_ROUNDS = 8;

  /** Peers later in the list stand later, so that the first rounds do not split the votes. */
  private static final long ROUNDS_BETWEEN_CANDIDATES = 4;

  /** How often to ask Akka anew to join, should the chosen member have gone in the meantime. */
  private static final long JOIN_ROUNDS = 20;

  private static final long REPORT_ROUNDS = 40;

  private final Cluster cluster;
  private final String name;
  private final HostPort self;
  private final List<HostPort> peers;
  private final Map<HostPort, Long> heard = new HashMap<>();
  private final Map<HostPort, Long> members = new HashMap<>();
  private final Map<HostPort, Long> votes = new HashMap<>();
  private final Set<HostPort> hailed = new HashSet<>();
  private @Nullable HostPort votedFor;
  private long votedAt;
  private long standsAt;
  private long standingSince;
  private long joinedAt = -JOIN_ROUNDS;
  private boolean forming;
  private long round;

  private Formation(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      String name,
      HostPort self,
      List<HostPort> peers) {
    super(context);
    this.cluster = Cluster.get(context.getSystem());
    this.name = name;
    this.self = self;
    this.peers = peers;
    this.standsAt = delay();
    context.getSelf().tell(Round.NEXT);
    timers.startTimerWithFixedDelay(Round.NEXT, ROUND);
  }

  /**
   * @param name the cluster's
   * @param self where this node can be reached
   * @param peers those who vote, in the same order at every node; a node that is not among them can
   *     only join
   */
  public static Behavior<Command> create(String name, HostPort self, List<HostPort> peers) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(timers -> new Formation(context, timers, name, self, peers)));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Talk.class, this::onTalk)
        .onMessage(Misled.class, this::onMisled)
        .onMessageEquals(Round.NEXT, this::onRound)
        .onMessage(Hail.class, this::onHail)
        .build();
  }

  private Behavior<Command> onTalk(Talk talk) {
    HostPort from = talk.from();
    heard.put(from, round);
    switch (talk.word()) {
      case ASK -> say(isMember() ? Word.MEMBER : Word.NOTHING, from, 0);
      case STAND -> say(isMember() ? Word.MEMBER : vote(from), from, talk.stamp());
      case MEMBER -> members.put(from, round);
      case VOTE -> votes.put(from, talk.stamp());
      case NOTHING -> votes.remove(from);
    }
    return this;
  }

  private Behavior<Command> onMisled(Misled misled) {
    say(Word.NOTHING, misled.node(), 0);
    return this;
  }

  private Behavior<Command> onHail(Hail hail) {
    if (hailed.add(hail.from())) {
      LOG.warn(
          "the node at {} has a cluster.discovery, and this one a list of cluster.peers; all nodes need"
              + " the same",
          hail.from());
    }
    return this;
  }

  private Behavior<Command> onRound() {
    round++;
    if (hasBegunToJoin()) {
      return this;
    }
    members.values().removeIf(at -> round - at > MEMBER_ROUNDS);
    if (!members.isEmpty()) {
      join();
    } else if (stands()) {
      collectVotes();
    }
    Word question = self.equals(votedFor) ? Word.STAND : Word.ASK;
    peers.stream()
        .filter(peer -> !peer.equals(self))
        .forEach(peer -> say(question, peer, System.nanoTime()));
    if (round % REPORT_ROUNDS == 0) {
      report();
    }
    return this;
  }

  private void join() {
    if (round - joinedAt < JOIN_ROUNDS) {
      return;
    }
    joinedAt = round;
    List<Address> at = new ArrayList<>();
    members.keySet().forEach(member -> at.add(address(member)));
    cluster.manager().tell(new JoinSeedNodes(at));
  }

  /** Whether this node wants to form the cluster now; it then has its own vote. */
  private boolean stands() {
    if (!peers.contains(self) || round < standsAt) {
      return false;
    }
    if (self.equals(votedFor)) {
      if (System.nanoTime() - votedAt <= VOTE_NANOS) {
        return true;
      }
      // No majority in time: those who have voted for this node become free to vote for another.
      votedFor = null;
      standsAt = round + VOTE_NANOS / ROUND.toNanos() + 1 + delay();
      return false;
    }
    if (vote(self) == Word.VOTE) {
      standingSince = round;
      return true;
    }
    return false;
  }

  private void collectVotes() {
    long now = System.nanoTime();
    votes.put(self, now);
    votes.values().removeIf(asked -> now - asked > COUNT_NANOS);
    boolean elected = votes.keySet().stream().filter(peers::contains).count() > peers.size() / 2;
    if (elected && (allHaveAnswered() || round - standingSince >= ANSWER_ROUNDS)) {
      LOG.debug("forming the cluster, elected by {}", votes.keySet());
      forming = true;
      cluster.manager().tell(Join.create(cluster.selfMember().address()));
    }
  }

  private boolean allHaveAnswered() {
    return peers.stream()
        .allMatch(peer -> peer.equals(self) || heard.getOrDefault(peer, -1L) > standingSince);
  }

  private Word vote(HostPort candidate) {
    if (hasBegunToJoin() || forming || round - joinedAt < JOIN_ROUNDS) {
      // This node is on its way into a cluster that exists.
      return Word.NOTHING;
    }
    long now = System.nanoTime();
    boolean free = votedFor == null || now - votedAt > VOTE_NANOS;
    if (free || candidate.equals(votedFor)) {
      // A candidate's own vote ends at a time, or the first would stand for ever.
      votedAt = free || !candidate.equals(self) ? now : votedAt;
      votedFor = candidate;
      return Word.VOTE;
    }
    return Word.NOTHING;
  }

  private long delay() {
    return Math.max(0, peers.indexOf(self)) * ROUNDS_BETWEEN_CANDIDATES;
  }

  private boolean isMember() {
    MemberStatus status = cluster.selfMember().status();
    return status.equals(MemberStatus.up()) || status.equals(MemberStatus.weaklyUp());
  }

  private boolean hasBegunToJoin() {
    // Before it joins, a node sees itself as removed.
    return !cluster.selfMember().status().equals(MemberStatus.removed());
  }

  private void report() {
    long answering =
        peers.stream()
            .filter(
                peer ->
                    peer.equals(self)
                        || round - heard.getOrDefault(peer, -REPORT_ROUNDS) < MEMBER_ROUNDS)
            .count();
    LOG.warn(
        "not in a cluster yet: of {} peers {} can be reached; {} are needed to form a cluster, a"
            + " member to join one. The log of a peer that runs says why it refuses this node",
        peers.size(),
        answering,
        peers.size() / 2 + 1);
  }

  private void say(Word word, HostPort to, long stamp) {
    say(word, address(to), stamp);
  }

  private void say(Word word, Address to, long stamp) {
    ActorSelection peer =
        Adapter.toClassic(getContext().getSystem()).actorSelection(to + "/system/" + NAME);
    peer.tell(new Talk(word, self, stamp), akka.actor.ActorRef.noSender());
  }

  private Address address(HostPort node) {
    return AddressFromURIString.parse("akka://" + name + "@" + node);
  }
}
