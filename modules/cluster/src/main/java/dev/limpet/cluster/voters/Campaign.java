package dev.limpet.cluster.voters;

import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One attempt to have voters elected: the proposer's part in Paxos, with one ballot. One thread at
 * a time.
 */
public final class Campaign {

  private final long ballot;
  private final long begunAt;
  private final Electorate now;

  /** Who is to vote that does not vote yet; it is asked, too, for it may be about to stop. */
  private final Optional<String> candidate;

  private final Map<String, VoterRoll.Accepted> promises = new HashMap<>();
  private final Set<String> acceptances = new HashSet<>();
  private List<String> voters;
  private boolean proposing;

  /**
   * @param begunAt for the caller
   * @param now those who decide
   * @param next those to be elected, unless others have been accepted before
   */
  public Campaign(long ballot, long begunAt, Electorate now, Electorate next) {
    this.ballot = ballot;
    this.begunAt = begunAt;
    this.now = now;
    this.voters = next.voters();
    this.candidate = voters.stream().filter(voter -> !now.has(voter)).findFirst();
  }

  public long ballot() {
    return ballot;
  }

  public long begunAt() {
    return begunAt;
  }

  /** Whether voters are asked to accept, and no longer to promise. */
  public boolean isProposing() {
    return proposing;
  }

  /** Those who are proposed. */
  public List<String> voters() {
    return voters;
  }

  public boolean isCandidate(String node) {
    return candidate.filter(node::equals).isPresent();
  }

  /**
   * A node has promised the ballot.
   *
   * @return whether this is the time to propose
   */
  public boolean hasPromise(String from, VoterRoll.Accepted accepted) {
    if (proposing) {
      return false;
    }
    promises.put(from, accepted);
    Optional<VoterRoll.Accepted> before =
        promises.values().stream()
            .filter(one -> one.ballot() > 0)
            .max(Comparator.comparingLong(VoterRoll.Accepted::ballot));
    boolean willing = candidate.stream().allMatch(promises::containsKey);
    proposing = now.isMajority(promises.keySet()) && (willing || before.isPresent());
    if (proposing) {
      before.ifPresent(one -> voters = one.voters());
    }
    return proposing;
  }

  /**
   * A voter has accepted what is proposed.
   *
   * @return whether that is decided with it
   */
  public boolean hasAcceptance(String from) {
    acceptances.add(from);
    return now.isMajority(acceptances);
  }

  /** Those who vote next, once that is decided. */
  public Electorate elected() {
    return new Electorate(now.epoch() + 1, voters);
  }
}
