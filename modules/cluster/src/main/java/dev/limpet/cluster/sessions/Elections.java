package dev.limpet.cluster.sessions;

import dev.limpet.cluster.sessions.Wire.Step;
import dev.limpet.cluster.voters.Campaign;
import dev.limpet.cluster.voters.Electorate;
import dev.limpet.cluster.voters.Succession;
import dev.limpet.cluster.voters.VoterRoll;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows who votes, and has it changed: Paxos among the voters of one epoch decides those of the
 * next, who are one more or one less.
 *
 * <p>What a majority of one epoch has decided, some node of each majority of the next epoch knows.
 * That says nothing of the epoch after that. So voters change only when a majority of them has
 * <em>settled</em>: each has known the present voters for longer than the leases last that it gave
 * before, and has since then compared its table with a majority. Nothing can be decided any more by
 * the voters of an earlier epoch then, nor is there a node that answers clients by their leases;
 * and what they had decided is with those who have settled.
 *
 * <p>Only the replica's thread touches it. Times are {@link ClusterClock#nanos}.
 */
final class Elections {

  private static final Logger LOG = LoggerFactory.getLogger(Elections.class);

  /** A candidate that has not won by then begins anew. */
  private static final long CAMPAIGN_NANOS = 1_000_000_000L;

  private final Sessions sessions;
  private final VoterRoll roll;
  private final Peers peers;
  private final Voter voter;
  private final Runnable onChange;
  private final Set<String> settledWith = new HashSet<>();
  private final Map<String, Long> silentSince = new HashMap<>();
  private long followedAt;

  /** Since when all voters that answer know that this node is about to stop; null while not. */
  private @Nullable Long leavingKnownSince;

  private long leavingSince;

  /** The last epoch in which it said that it would vote: it may come to that, however late. */
  private long willingIn;

  private @Nullable Campaign campaign;

  /**
   * @param onChange called when others vote than before
   */
  Elections(Sessions sessions, VoterRoll roll, Peers peers, Voter voter, Runnable onChange) {
    this.sessions = sessions;
    this.roll = roll;
    this.peers = peers;
    this.voter = voter;
    this.onChange = onChange;
    this.followedAt = sessions.clock().nanos();
  }

  /** This node has founded the cluster, with these to vote in it; or is to forget who does. */
  void found(Electorate electorate) {
    if (!electorate.equals(roll.electorate())) {
      roll.adopt(electorate);
    }
    follow(electorate);
  }

  /**
   * Takes notice of the epoch in which a message was sent.
   *
   * @return whether the sender was behind, and has now been told
   */
  boolean hear(Peer from, long epoch) {
    from.epoch = epoch;
    Electorate known = peers.electorate();
    boolean behind = epoch < known.epoch() && from.toldEpoch != known.epoch();
    if (behind) {
      tell(from, known);
    }
    return behind;
  }

  /** Tells again those who have not heard. */
  void tellAgain(Peer peer) {
    Electorate known = peers.electorate();
    if (peer.epoch < known.epoch()) {
      tell(peer, known);
    }
  }

  private void tell(Peer to, Electorate known) {
    to.toldEpoch = known.epoch();
    peers.send(to, envelope -> new Wire.Election(envelope, Step.ELECTED, 0, 0, known.voters()));
  }

  void onElection(Peer from, Wire.Election message) {
    sessions.clock().observe(message.ballot());
    long epoch = message.envelope().epoch();
    if (message.step() == Step.ELECTED) {
      if (epoch > Electorate.FIXED && !message.voters().isEmpty()) {
        hearOf(new Electorate(epoch, message.voters()));
      }
    } else if (epoch == peers.electorate().epoch() && (from.voter || isCandidate(from))) {
      switch (message.step()) {
        case PREPARE, ACCEPT -> answer(message).ifPresent(answer -> peers.send(from, answer::to));
        case PROMISE ->
            onPromise(
                from.id,
                message.ballot(),
                new VoterRoll.Accepted(message.accepted(), message.voters()));
        case ACCEPTED -> onAccepted(from.id, message.ballot());
        case ELECTED -> throw new IllegalStateException("that was looked at before");
      }
    }
  }

  private boolean isCandidate(Peer peer) {
    return campaign != null && campaign.isCandidate(peer.id);
  }

  /** Others vote, perhaps. In a new life a node believes what it hears in its cluster. */
  private void hearOf(Electorate heard) {
    Electorate known = roll.electorate();
    boolean same = heard.isOfClusterOf(known);
    if (same && heard.epoch() <= known.epoch()) {
      if (!peers.electorate().isKnown()) {
        follow(known);
      }
    } else if (same || !peers.electorate().isKnown()) {
      roll.adopt(heard);
      follow(heard);
    }
  }

  private void follow(Electorate electorate) {
    if (electorate.isKnown() && !electorate.equals(peers.electorate())) {
      LOG.info("the nodes that vote are {} now", electorate.voters());
    }
    followedAt = sessions.clock().nanos();
    settledWith.clear();
    campaign = null;
    peers.follow(electorate);
    onChange.run();
    for (Peer peer : peers.all()) {
      hear(peer, peer.epoch);
    }
  }

  /**
   * This node and another one have compared their tables.
   *
   * @param begunAt when the first question was sent
   * @param epoch in which the other one answered it
   */
  void onMerged(Peer peer, long begunAt, long epoch) {
    if (epoch == peers.electorate().epoch() && begunAt - followedAt >= 0) {
      settledWith.add(peer.id);
    }
  }

  /** This node holds the table. What an earlier process of it has promised, it does not know. */
  void synced() {
    roll.promiseNothingBelow(sessions.clock().next());
  }

  boolean isSettled(long now) {
    return voter.isSynced() && now - followedAt >= Acceptor.GRANT_NANOS && hasCompared();
  }

  /** Whether it has compared its table with those of a majority since these vote. */
  boolean hasCompared() {
    Set<String> known = new HashSet<>(settledWith);
    known.add(roll.self());
    return peers.electorate().isMajority(known);
  }

  /**
   * Whether this node can stop and is missed by no majority: it does not vote, and nobody who knows
   * that it stops will have it elected. Or there is none to vote in its place.
   */
  boolean mayLeave(long now) {
    Electorate electorate = peers.electorate();
    if (electorate.isFixed() || !electorate.isKnown()) {
      return true;
    }
    if (peers.voters().stream()
        .anyMatch(peer -> Peers.answers(peer) && peer.epoch < electorate.epoch())) {
      return false; // It may be the only one that knows.
    }
    if (peers.selfVotes()) {
      return peers.learners().stream()
          .noneMatch(peer -> peer.reachable && Peers.answers(peer) && !peer.leaving);
    }
    Long since = leavingKnownSince;
    return since != null && now - since >= CAMPAIGN_NANOS && willingIn != electorate.epoch();
  }

  private void noticeLeaving(long now) {
    if (!sessions.isLeaving()) {
      leavingSince = now;
    } else if (peers.voters().stream()
        .allMatch(peer -> !Peers.answers(peer) || peer.hasHeardSince(leavingSince))) {
      leavingKnownSince = leavingKnownSince == null ? now : leavingKnownSince;
    } else {
      leavingKnownSince = null;
    }
  }

  /** To be called each {@link Replication#TICK}. */
  void tick(long now) {
    noticeLeaving(now);
    Electorate electorate = peers.electorate();
    if (electorate.isFixed() || !voter.isSynced() || !peers.selfVotes()) {
      return;
    }
    notice(now);
    Campaign current = campaign;
    if (current != null && now - current.begunAt() < CAMPAIGN_NANOS) {
      ask(current);
    } else if (leads()) {
      campaign = null;
      next(now).ifPresent(this::stand);
    }
  }

  private void stand(Electorate next) {
    Campaign begun =
        new Campaign(sessions.clock().next(), sessions.clock().nanos(), peers.electorate(), next);
    campaign = begun;
    ask(begun);
  }

  /** Puts the question of the moment to all voters, this node included. */
  private void ask(Campaign current) {
    Step step = current.isProposing() ? Step.ACCEPT : Step.PREPARE;
    List<String> voters = current.isProposing() ? current.voters() : List.of();
    for (Peer peer : peers.all()) {
      if (peer.voter || (!current.isProposing() && current.isCandidate(peer.id))) {
        peers.send(
            peer, envelope -> new Wire.Election(envelope, step, current.ballot(), 0, voters));
      }
    }
    Wire.Envelope toSelf = peers.envelopeTo(peers.self());
    answer(new Wire.Election(toSelf, step, current.ballot(), 0, voters))
        .map(answer -> answer.to(toSelf))
        .ifPresent(
            answer -> {
              if (answer.step() == Step.ACCEPTED) {
                onAccepted(roll.self(), answer.ballot());
              } else {
                onPromise(
                    roll.self(),
                    answer.ballot(),
                    new VoterRoll.Accepted(answer.accepted(), answer.voters()));
              }
            });
  }

  private interface Answer {
    Wire.Election to(Wire.Envelope envelope);
  }

  /** This node's vote; empty if it has none, or has promised it to another. */
  private Optional<Answer> answer(Wire.Election question) {
    long ballot = question.ballot();
    if (!peers.selfVotes()) {
      if (question.step() != Step.PREPARE || !isWilling()) {
        return Optional.empty();
      }
      willingIn = peers.electorate().epoch();
      return Optional.of(
          envelope -> new Wire.Election(envelope, Step.PROMISE, ballot, 0, List.of()));
    }
    if (!voter.isSynced()) {
      return Optional.empty();
    }
    if (question.step() == Step.ACCEPT) {
      return roll.accept(ballot, question.voters())
          ? Optional.of(
              envelope -> new Wire.Election(envelope, Step.ACCEPTED, ballot, 0, List.of()))
          : Optional.empty();
    }
    return Optional.ofNullable(roll.prepare(ballot))
        .map(
            accepted ->
                envelope ->
                    new Wire.Election(
                        envelope, Step.PROMISE, ballot, accepted.ballot(), accepted.voters()));
  }

  /** Whether this node can vote from now on. */
  private boolean isWilling() {
    return !sessions.isLeaving() && isSettled(sessions.clock().nanos());
  }

  private void onPromise(String from, long ballot, VoterRoll.Accepted accepted) {
    Campaign current = campaign;
    if (current != null && current.ballot() == ballot && current.hasPromise(from, accepted)) {
      ask(current);
    }
  }

  private void onAccepted(String from, long ballot) {
    Campaign current = campaign;
    if (current != null && current.ballot() == ballot && current.hasAcceptance(from)) {
      Electorate next = current.elected();
      roll.adopt(next);
      follow(next);
    }
  }

  /** Takes notice of who answers. */
  private void notice(long now) {
    Set<String> answering = new HashSet<>();
    answering.add(roll.self());
    peers.voters().stream().filter(Peers::answers).forEach(peer -> answering.add(peer.id));
    silentSince.keySet().retainAll(peers.electorate().voters());
    silentSince.keySet().removeAll(answering);
    for (String voter : peers.electorate().voters()) {
      if (!answering.contains(voter)) {
        silentSince.putIfAbsent(voter, now);
      }
    }
  }

  /**
   * Whether it is up to this node to have voters elected: to the first that answers, and to one
   * that is about to stop only if all are.
   */
  private boolean leads() {
    Set<String> staying = new HashSet<>();
    Set<String> leaving = new HashSet<>();
    (sessions.isLeaving() ? leaving : staying).add(roll.self());
    peers.voters().stream()
        .filter(peer -> Peers.answers(peer) && peer.synced)
        .forEach(peer -> (peer.leaving ? leaving : staying).add(peer.id));
    Set<String> able = staying.isEmpty() ? leaving : staying;
    return peers.electorate().voters().stream()
        .filter(able::contains)
        .findFirst()
        .filter(roll.self()::equals)
        .isPresent();
  }

  private Optional<Electorate> next(long now) {
    Electorate electorate = peers.electorate();
    // Where there is one too many, it is not one that answers who goes.
    boolean spare = electorate.voters().size() > roll.wanted();
    Set<String> gone = new HashSet<>();
    silentSince.forEach(
        (voter, since) -> {
          if (spare || now - since >= roll.patience().toNanos()) {
            gone.add(voter);
          }
        });
    Set<String> leaving = new HashSet<>();
    peers.voters().stream().filter(peer -> peer.leaving).forEach(peer -> leaving.add(peer.id));
    if (sessions.isLeaving()) {
      leaving.add(roll.self());
    }
    List<String> candidates =
        peers.learners().stream()
            .filter(
                peer ->
                    peer.reachable
                        && Peers.answers(peer)
                        && !peer.leaving
                        && isSettled(peer, electorate))
            .map(peer -> peer.id)
            .sorted()
            .toList();
    return Succession.next(electorate, roll.wanted(), gone, leaving, candidates)
        .filter(next -> isSettledFor(electorate, next, now));
  }

  private static boolean isSettled(Peer peer, Electorate electorate) {
    return peer.synced && peer.settledEpoch == electorate.epoch();
  }

  /** Whether so many have settled that both these and those who are to follow can rely on it. */
  private boolean isSettledFor(Electorate electorate, Electorate next, long now) {
    Set<String> settled = new HashSet<>();
    if (isSettled(now)) {
      settled.add(roll.self());
    }
    peers.all().stream()
        .filter(peer -> isSettled(peer, electorate))
        .forEach(peer -> settled.add(peer.id));
    return electorate.isMajority(settled) && next.isMajority(settled);
  }
}
