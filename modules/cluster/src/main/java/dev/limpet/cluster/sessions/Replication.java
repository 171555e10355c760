package dev.limpet.cluster.sessions;

import dev.limpet.cluster.voters.Electorate;
import dev.limpet.cluster.voters.VoterRoll;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps this node's session table the same as the others': carries the operations of requests to a
 * majority ({@link Proposer}), answers those of other nodes ({@link Voter}), compares tables
 * ({@link AntiEntropy}), and holds and grants the leases that let a node answer from its own memory
 * ({@link Peer}).
 *
 * <p>It knows neither actors nor sockets, and no clock but the {@link ClusterClock}: {@link
 * Replica} runs it on Akka, and a simulation runs several in one thread. One thread at a time
 * calls.
 */
final class Replication {

  /** Calls back later, from the thread that calls everything else. */
  interface Timers extends Proposer.Timers {

    /** {@link #flush}, once what has come in up to now has been taken in. */
    void flushSoon();
  }

  /** Five heartbeats in the time of a lease: some may be late. */
  static final Duration TICK = Duration.ofMillis(300);

  /** Ticks from one comparison of a node that does not vote to the next. */
  private static final int LEARNERS_TURN = 10;

  private static final Logger LOG = LoggerFactory.getLogger(Replication.class);

  private final Sessions sessions;
  private final BooleanSupplier up;
  private final Timers timers;
  private final Replica.Holding holding;
  private final Peers peers;
  private final Voter voter;
  private final Proposer proposer;
  private final AntiEntropy antiEntropy;
  private final Elections elections;
  private boolean flushing;

  /** Whether a majority of the nodes answers. */
  private boolean hasMajority;

  /** Whether a majority of the nodes answers with votes that count. */
  private boolean hasQuorum;

  /** Whether the log says that there was a majority, and is none any more. */
  private boolean quorumLost;

  private int nextPeer;
  private int turn;

  /** The last report to {@link #holding}; null until then. */
  private @Nullable String waitedFor;

  /**
   * @param self this node's uid
   * @param roll who votes, as far as this node knows
   * @param up whether this node is a full member
   * @param holding told of each change
   */
  Replication(
      Sessions sessions,
      long self,
      VoterRoll roll,
      BooleanSupplier up,
      Timers timers,
      Replica.Holding holding) {
    this.sessions = sessions;
    this.up = up;
    this.timers = timers;
    this.holding = holding;
    this.peers = new Peers(self, roll);
    this.voter = new Voter(sessions, peers);
    this.proposer = new Proposer(sessions, peers, voter, timers);
    this.antiEntropy = new AntiEntropy(sessions, peers, voter, this::onMerged);
    this.elections = new Elections(sessions, roll, peers, voter, this::onOtherVoters);
  }

  /** Takes the members as they are now, this node included. */
  void update(List<Peers.Node> members) {
    peers.update(members);
  }

  /** This node has founded the cluster. */
  void found(Electorate electorate) {
    elections.found(electorate);
  }

  /** Whether this node can stop now and is missed by no majority. */
  boolean mayLeave() {
    return elections.mayLeave(sessions.clock().nanos());
  }

  private void onOtherVoters() {
    proposer.beginAnew();
    flushSoon();
  }

  void tell(Replica.Tell news) {
    proposer.tell(news.entries());
    flushSoon();
  }

  void flush() {
    flushing = false;
    proposer.flush();
  }

  /** The time that {@link Timers} was asked for is over. */
  void retry() {
    proposer.retry();
  }

  /** It is time for what {@link Timers#tellLearners} was asked for. */
  void tellLearners() {
    proposer.tellLearners();
  }

  /** Carries out an operation of this node's requests. */
  void perform(Operation operation) {
    if (hasQuorum) {
      proposer.add(operation);
      flushSoon();
    } else {
      sessions.counters().quorumFailed();
      operation.failOpen(sessions);
    }
  }

  /** Has all that is in the mailbox now go out with one message. */
  private void flushSoon() {
    if (!flushing) {
      flushing = true;
      timers.flushSoon();
    }
  }

  void onMessage(Wire message) {
    Peer from = peers.get(message.envelope().from());
    if (from != null && message.envelope().to() == peers.self()) {
      boolean wasBehind = elections.hear(from, message.envelope().epoch());
      onMessage(from, message);
      if (wasBehind && (message instanceof Wire.Promise || message instanceof Wire.Ack)) {
        proposer.askAgain(from);
      }
    }
  }

  private void onMessage(Peer from, Wire message) {
    switch (message) {
      case Wire.Heartbeat heartbeat -> onHeartbeat(from, heartbeat);
      case Wire.Prepare prepare -> reply(from, voter.answer(prepare));
      case Wire.Accept accept -> reply(from, voter.answer(accept));
      case Wire.Write write -> {
        Wire.Ack ack = voter.answer(write);
        if (write.round() != 0) {
          reply(from, ack);
        }
      }
      case Wire.Promise promise ->
          proposer.onAnswer(promise.round(), from, promise.votes(), promise);
      case Wire.Ack ack -> proposer.onAnswer(ack.round(), from, ack.votes(), ack);
      case Wire.Digests digests -> antiEntropy.onDigests(from, digests, grantIfSynced(from));
      case Wire.Differences differences -> antiEntropy.onDifferences(from, differences);
      case Wire.Buckets buckets -> antiEntropy.onBuckets(from, buckets);
      case Wire.Election election -> elections.onElection(from, election);
    }
  }

  private void reply(Peer to, Wire message) {
    peers.send(to, envelope -> message);
  }

  private void onHeartbeat(Peer from, Wire.Heartbeat heartbeat) {
    from.synced = heartbeat.synced();
    from.suspects = heartbeat.suspects();
    from.leaving = heartbeat.leaving();
    from.settledEpoch = heartbeat.settled() ? heartbeat.envelope().epoch() : 0;
    if (heartbeat.agreed()) {
      sessions.clock().adopt(heartbeat.millis());
    } else {
      sessions.clock().meet(heartbeat.millis());
    }
    long now = sessions.clock().nanos();
    from.echo = heartbeat.sentNanos();
    from.heardAt = now;
    from.renewed =
        heartbeat.caughtUp() && sessions.acceptor().isGranted(from.uid, now) && mayGrant(from);
    if (from.renewed) {
      sessions.acceptor().grant(from.uid, now);
    }
    boolean answered = from.hasAnswered(heartbeat.echo(), heartbeat.heldNanos(), now);
    if (answered && heartbeat.granted() && from.isHeld(now)) {
      from.hold(heartbeat.echo());
      sessions.currentUntil(currentUntil());
    }
    checkQuorum();
  }

  /** A node that begins to take over this one's table is to hear of every move from now on. */
  private boolean grantIfSynced(Peer to) {
    boolean grants = mayGrant(to);
    if (grants) {
      sessions.acceptor().grant(to.uid, sessions.clock().nanos());
    }
    return grants;
  }

  /**
   * Leases are given between nodes that know the same voters, so that those end soon which were
   * given by former ones.
   */
  private boolean mayGrant(Peer to) {
    return voter.isSynced()
        && peers.selfVotes()
        && to.epoch == peers.electorate().epoch()
        && !isSuspected(to);
  }

  private boolean isSuspected(Peer peer) {
    for (long uid : proposer.suspects()) {
      if (uid == peer.uid) {
        return true;
      }
    }
    return peers.isSuspected(peer);
  }

  private void onMerged(Peer peer, long begunAt, boolean granted, long epoch) {
    peer.merged = true;
    elections.onMerged(peer, begunAt, epoch);
    if (granted) {
      peer.hold(begunAt);
    }
    sessions.currentUntil(currentUntil());
    checkSynced();
    // A peer that grants no lease is asked again with the next tick, not at once.
    catchUp(peer.isHeld(sessions.clock().nanos()));
  }

  private long currentUntil() {
    long now = sessions.clock().nanos();
    return voter.isSynced() ? peers.currentUntil(now) : now;
  }

  /** To be called each {@link #TICK}. */
  void tick() {
    long now = sessions.clock().nanos();
    sessions.tick();
    antiEntropy.expire();
    sessions.acceptor().forget(sessions.clock().millis());
    long[] suspects = proposer.suspects();
    double lag = 0;
    for (Peer peer : peers.partners()) {
      peer.unanswered++;
      elections.tellAgain(peer);
      sendHeartbeat(peer, now, suspects);
      lag = Math.max(lag, peer.roundTripNanos / 1e9);
    }
    sessions.counters().lag(lag);
    hasMajority = peers.hasMajority();
    sessions.currentUntil(currentUntil());
    checkSynced();
    elections.tick(now);
    if (!catchUp(true) && !antiEntropy.isUnderWay(now) && isTurn()) {
      antiEntropy.begin(inTurn());
    }
    if (hasQuorum) {
      proposer.decide(sessions.acceptor().leftUndecided(sessions.clock().millis()));
      proposer.tick(now);
    } else {
      proposer.giveUpAll();
    }
  }

  private void sendHeartbeat(Peer to, long now, long[] suspects) {
    peers.send(
        to,
        envelope ->
            new Wire.Heartbeat(
                envelope,
                now,
                sessions.clock().millis(),
                sessions.clock().isAgreed(),
                voter.isSynced(),
                to.isHeld(now),
                suspects,
                to.echo,
                now - to.heardAt,
                to.renewed,
                elections.isSettled(now),
                sessions.isLeaving()));
  }

  private void checkQuorum() {
    boolean now = peers.hasQuorum(voter.isSynced());
    if (now != hasQuorum) {
      hasQuorum = now;
      sessions.majority(now);
      if (!now && !sessions.isLeaving()) {
        quorumLost = true;
        LOG.warn(
            "no majority of the nodes {}: requests are served, but sessions that begin or move now"
                + " may be placed again",
            hasMajority ? "holds the session table" : "answers");
      } else if (now && quorumLost) {
        quorumLost = false;
        LOG.info("a majority of the nodes answers again");
      }
    }
    report();
  }

  /**
   * This node holds the table when it has taken over those of all voters that it can reach, and
   * they are a majority, together with this one if it votes.
   */
  private void checkSynced() {
    if (!voter.isSynced() && up.getAsBoolean() && hasMajority) {
      Collection<Peer> teachers = peers.teachers();
      long merged = teachers.stream().filter(peer -> peer.reachable && peer.merged).count();
      long reachable = teachers.stream().filter(peer -> peer.reachable).count();
      if (merged == reachable && (peers.selfVotes() ? 1 : 0) + merged >= peers.majority()) {
        voter.synced();
        sessions.clock().agree();
        elections.synced();
        // The others wait for this vote.
        long now = sessions.clock().nanos();
        long[] suspects = proposer.suspects();
        peers.partners().forEach(peer -> sendHeartbeat(peer, now, suspects));
      }
    }
    checkQuorum();
  }

  private void report() {
    String missing = "";
    Replica.Quorum quorum = Replica.Quorum.THERE;
    if (!peers.electorate().isKnown()) {
      missing = "word of who votes, from a node that does";
      quorum = Replica.Quorum.LOST;
    } else if (!hasMajority) {
      missing = "a majority of the nodes: %d are needed".formatted(peers.majority());
      quorum = Replica.Quorum.LOST;
    } else if (!voter.isSynced()) {
      missing = "the session table from the other nodes" + antiEntropy.progress();
    } else if (!hasQuorum) {
      missing =
          "a majority of the nodes that holds the session table: %d are needed"
              .formatted(peers.majority());
      quorum = Replica.Quorum.UNSYNCED;
    }
    if (!missing.equals(waitedFor)) {
      waitedFor = missing;
      holding.waitsFor(missing, quorum);
    }
  }

  /**
   * Compares tables with a node that this one knows too little of; false if there is none.
   *
   * @param again also with one that it has compared them with before
   */
  private boolean catchUp(boolean again) {
    long now = sessions.clock().nanos();
    for (Peer peer : peers.teachers()) {
      boolean behind = !peer.merged || (again && peer.synced && !peer.isHeld(now));
      if (peer.reachable && behind) {
        if (!antiEntropy.isUnderWay(now)) {
          antiEntropy.begin(peer);
        }
        return true;
      }
    }
    return false;
  }

  /** Whether to compare tables, though nothing is known to be missing. Learners are many. */
  private boolean isTurn() {
    turn++;
    return !peers.voters().isEmpty()
        && (peers.selfVotes() || turn % LEARNERS_TURN == 0 || !elections.hasCompared());
  }

  private Peer inTurn() {
    nextPeer = (nextPeer + 1) % peers.voters().size();
    return peers.voters().get(nextPeer);
  }
}
