package dev.limpet.cluster.voters;

import com.fasterxml.jackson.annotation.JsonIncludeProperties;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/**
 * The nodes that vote from one change of them to the next. Whatever a cluster decides, a majority
 * of these has voted for.
 *
 * <p>Each differs from the one before it by one node, so a majority of the one and a majority of
 * the other have a node in common. Ongaro and Ousterhout, "In Search of an Understandable Consensus
 * Algorithm" (2014), section 6, and Ongaro's dissertation, section 4.1.
 *
 * @param epoch counts the changes, up from when the cluster was founded: the second of that, of
 *     Unix time, and 24 bits; 0 where none is known, 1 where the settings say who votes
 * @param voters by what a {@link MemberId} is, in the order of their election
 */
@JsonIncludeProperties({"epoch", "voters"})
public record Electorate(long epoch, List<String> voters) {

  /** None is known. */
  public static final Electorate NONE = new Electorate(0, List.of());

  /** The epoch of {@link #fixed}. */
  public static final long FIXED = 1;

  private static final int COUNTER_BITS = 24;

  public Electorate {
    if (voters == null || epoch < 0 || voters.isEmpty() != (epoch == 0)) {
      throw new IllegalArgumentException("voters of epoch " + epoch + ": " + voters);
    }
    voters = List.copyOf(voters);
  }

  /** The one of a cluster whose nodes are listed in the settings; it never changes. */
  public static Electorate fixed(Collection<String> peers) {
    return new Electorate(FIXED, peers.stream().distinct().sorted().toList());
  }

  /**
   * The first one of a new cluster.
   *
   * @param seconds of Unix time
   */
  public static Electorate founded(long seconds, Collection<String> voters) {
    return new Electorate(seconds << COUNTER_BITS, List.copyOf(voters));
  }

  public boolean isKnown() {
    return epoch != 0;
  }

  public boolean isFixed() {
    return epoch == FIXED;
  }

  /** Whether it belongs to the same cluster, founded at the same time. */
  public boolean isOfClusterOf(Electorate other) {
    return epoch >>> COUNTER_BITS == other.epoch >>> COUNTER_BITS;
  }

  public boolean has(String voter) {
    return voters.contains(voter);
  }

  /** How many votes make a majority. */
  public int majority() {
    return voters.size() / 2 + 1;
  }

  /** Whether these nodes, whoever else is among them, make a majority. */
  public boolean isMajority(Collection<String> nodes) {
    return voters.stream().filter(nodes::contains).count() >= majority();
  }

  /** The next one, with one more. */
  public Electorate with(String voter) {
    return new Electorate(
        epoch + 1, Stream.concat(voters.stream(), Stream.of(voter)).distinct().toList());
  }

  /** The next one, with one less. */
  public Electorate without(String voter) {
    List<String> fewer = new ArrayList<>(voters);
    fewer.remove(voter);
    return new Electorate(epoch + 1, fewer);
  }
}
