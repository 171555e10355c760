package dev.limpet.balancing;

import dev.limpet.model.settings.route.Action.Share;
import dev.limpet.model.state.SessionKey;
import java.util.List;

/**
 * Chooses an upstream of a route by weight, with {@link Rendezvous}: all nodes choose the same one
 * for a key, in whatever order they list them, and a change of weights moves only the keys that it
 * has to.
 */
public final class Shares {

  private Shares() {}

  /** The index of the one chosen. */
  public static int choose(SessionKey key, List<Share> shares) {
    int best = 0;
    double bestScore = -1;
    for (int i = 0; i < shares.size(); i++) {
      Share share = shares.get(i);
      double score = Rendezvous.score(key, Fnv1a.hash(share.upstream()), share.weight());
      if (score > bestScore) {
        best = i;
        bestScore = score;
      }
    }
    return best;
  }
}
