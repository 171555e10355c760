package dev.limpet.cluster.voters;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Who should vote next: as many as are wanted of the nodes that live. A node that comes is taken in
 * before one that is gone is given up, so that no change leaves fewer to decide the next one.
 */
public final class Succession {

  /**
   * The fewest to be left without those that are gone: two need one another as much as three of
   * which one is gone, and that one may come back.
   */
  private static final int FEWEST = 3;

  private Succession() {}

  /**
   * @param wanted how many voters there should be
   * @param gone nodes that have not answered for too long
   * @param leaving nodes that are about to stop
   * @param candidates nodes that could vote at once, the best first
   * @return empty if all is as it should be, as far as it can be
   */
  public static Optional<Electorate> next(
      Electorate now, int wanted, Set<String> gone, Set<String> leaving, List<String> candidates) {
    List<String> lost =
        Stream.concat(
                now.voters().stream().filter(gone::contains),
                now.voters().stream().filter(leaving::contains))
            .distinct()
            .toList();
    int staying = now.voters().size() - lost.size();
    Optional<String> candidate = candidates.stream().filter(node -> !now.has(node)).findFirst();
    if (staying < wanted && now.voters().size() <= wanted && candidate.isPresent()) {
      return candidate.map(now::with);
    }
    for (String voter : lost) {
      boolean spare = now.voters().size() > wanted;
      if (spare || (gone.contains(voter) && now.voters().size() > FEWEST)) {
        return Optional.of(now.without(voter));
      }
    }
    return staying > wanted ? Optional.of(now.without(now.voters().getLast())) : Optional.empty();
  }
}
