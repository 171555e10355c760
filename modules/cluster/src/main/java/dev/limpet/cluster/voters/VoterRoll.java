package dev.limpet.cluster.voters;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The voters as this node knows them, and what it has promised about their successors: this node's
 * part in single-decree Paxos, once for each epoch. It outlives the node's lives in the cluster.
 *
 * <p>{@link #electorate} from any thread; everything else from the replica's.
 */
public final class VoterRoll {

  /**
   * What a voter has accepted.
   *
   * @param ballot 0 where that is nothing
   */
  public record Accepted(long ballot, List<String> voters) {

    static final Accepted NOTHING = new Accepted(0, List.of());
  }

  private final String self;
  private final int wanted;
  private final Duration patience;
  private volatile Electorate electorate;
  private final List<Consumer<Electorate>> listeners = new CopyOnWriteArrayList<>();
  private long promised;
  private Accepted accepted = Accepted.NOTHING;

  /**
   * @param self this node's {@link MemberId}
   * @param wanted how many voters there should be
   * @param patience after how long a voter that does not answer is replaced
   * @param electorate what is known of them to begin with
   */
  public VoterRoll(String self, int wanted, Duration patience, Electorate electorate) {
    this.self = self;
    this.wanted = wanted;
    this.patience = patience;
    this.electorate = electorate;
  }

  /** The one of a cluster whose nodes the settings list; none are this node alone. */
  public static VoterRoll fixed(String self, List<String> peers) {
    Electorate electorate = Electorate.fixed(peers.isEmpty() ? List.of(self) : peers);
    return new VoterRoll(self, electorate.voters().size(), Duration.ZERO, electorate);
  }

  public String self() {
    return self;
  }

  public int wanted() {
    return wanted;
  }

  public Duration patience() {
    return patience;
  }

  /** Those who vote; any thread. */
  public Electorate electorate() {
    return electorate;
  }

  /** Calls back with each one that takes another's place. */
  public void onChange(Consumer<Electorate> listener) {
    listeners.add(listener);
  }

  /** From now on these vote. */
  public void adopt(Electorate next) {
    electorate = next;
    promised = 0;
    accepted = Accepted.NOTHING;
    listeners.forEach(listener -> listener.accept(next));
  }

  /**
   * A node that has lost its memory may have promised whatever was asked of it before now.
   *
   * @param ballot above all that can have been asked
   */
  public void promiseNothingBelow(long ballot) {
    promised = Math.max(promised, ballot);
  }

  /**
   * Promises a ballot about who follows on the present voters.
   *
   * @return what was accepted before; null if the promise cannot be given
   */
  public @Nullable Accepted prepare(long ballot) {
    if (ballot <= promised) {
      return null;
    }
    promised = ballot;
    return accepted;
  }

  /**
   * @return whether it is accepted
   */
  public boolean accept(long ballot, List<String> voters) {
    if (ballot < promised) {
      return false;
    }
    promised = ballot;
    accepted = new Accepted(ballot, voters);
    return true;
  }
}
