package dev.limpet.model.words;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;

/** Guesses what was meant by a misspelt word. */
public final class Nearest {

  private static final int SHORTEST_CUT = 4;

  private Nearest() {}

  /**
   * The candidate with the smallest edit distance, if it is small enough to be a slip: one edit,
   * and one more for every three letters. A word that has only been cut short is one edit away. The
   * first in the alphabet among equals.
   */
  public static Optional<String> to(String word, Collection<String> candidates) {
    String best = null;
    int bestDistance = 2 + word.length() / 3;
    String lower = word.toLowerCase(Locale.ROOT);
    for (String candidate : new TreeSet<>(candidates)) {
      boolean isCut = lower.length() >= SHORTEST_CUT && plain(candidate).startsWith(plain(lower));
      int distance = isCut ? 1 : distance(lower, candidate.toLowerCase(Locale.ROOT));
      if (distance < bestDistance && distance < candidate.length()) {
        best = candidate;
        bestDistance = distance;
      }
    }
    return Optional.ofNullable(best);
  }

  /** HAProxy's words have nothing between them, nginx's have underscores. */
  private static String plain(String word) {
    return word.replaceAll("[-_]", "");
  }

  /** {@code ; did you mean "health"?}, or else {@code ; <label>: a, b, c}, or nothing. */
  public static String hint(String word, Collection<String> candidates, String label) {
    return to(word, candidates)
        .map(nearest -> "; did you mean \"" + nearest + "\"?")
        .orElseGet(
            () -> candidates.isEmpty() ? "" : "; " + label + ": " + String.join(", ", candidates));
  }

  /** Insertions, deletions, replacements and swaps of neighbours ("optimal string alignment"). */
  static int distance(String a, String b) {
    int[][] cost = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          cost[i][j] = i + j;
          continue;
        }
        int replace = cost[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        cost[i][j] = Math.min(replace, 1 + Math.min(cost[i - 1][j], cost[i][j - 1]));
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
        }
      }
    }
    return cost[a.length()][b.length()];
  }
}
