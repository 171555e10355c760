package dev.limpet.balancing;

import dev.limpet.model.settings.Action.Share;
import dev.limpet.model.state.SessionKey;
import java.util.List;

/**
 * Chooses an upstream of a route by weight, with {@link Rendezvous}: all nodes choose the same one
 * for a key, in whatever order they list them, and a change of weights moves only the keys that it
 * has to.
 */
public final class Shares {

  private static final long FNV_OFFSET = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  private Shares() {}

  /** The index of the one chosen. */
  public static int choose(SessionKey key, List<Share> shares) {
    int best = 0;
    double bestScore = -1;
    for (int i = 0; i < shares.size(); i++) {
      Share share = shares.get(i);
      double score = Rendezvous.score(key, hash(share.upstream()), share.weight());
      if (score > bestScore) {
        best = i;
        bestScore = score;
      }
    }
    return best;
  }

  /** FNV-1a (Fowler, Noll and Vo), which the score mixes further. */
  private static long hash(String name) {
    long hash = FNV_OFFSET;
    for (int i = 0; i < name.length(); i++) {
      hash = (hash ^ name.charAt(i)) * FNV_PRIME;
    }
    return hash;
  }
}
