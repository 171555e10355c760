package dev.limpet.cluster.downing;

import dev.limpet.cluster.voters.Electorate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds out which members stay when not all of them reach each other: those who reach each other,
 * if a majority of the voters is among them. Pure; nodes that know the same find the same.
 *
 * <p>Who is dead, or on the other side of a cut, is not reached by anybody here, and what it says
 * itself is not heard. But where one link is cut, each of its ends says that it does not reach the
 * other one, and all hear both. Only one of them goes then.
 */
final class Survivors {

  /** That one member does not reach another. */
  record Blame(String observer, String subject) {

    Blame theOtherWay() {
      return new Blame(/* observer= */ subject, /* subject= */ observer);
    }

    @Override
    public String toString() {
      return "%s does not reach %s".formatted(place(observer), place(subject));
    }

    /** Without the cluster's name, and the number of the member's life. */
    private static String place(String member) {
      return member.replaceFirst("^.*@", "").replaceFirst("#.*$", "");
    }
  }

  /**
   * What a node knows.
   *
   * @param members in an order that is the same everywhere; to each, by what it is known as a voter
   * @param voters if none are known, all members vote
   */
  record View(Map<String, String> members, Set<Blame> blames, Electorate voters) {

    boolean votes(String member) {
      return !voters.isKnown() || voters.has(members.getOrDefault(member, ""));
    }

    boolean isMajority(Set<String> some) {
      if (voters.isKnown()) {
        return voters.isMajority(some.stream().map(members::get).toList());
      }
      int twice = some.size() * 2;
      return twice > members.size()
          || (twice == members.size() && some.contains(members.keySet().iterator().next()));
    }
  }

  private Survivors() {}

  /** In the order of the members; empty if those who reach each other have no majority. */
  static Set<String> of(View view) {
    Set<String> lost = ends(view);
    Set<String> rest = new LinkedHashSet<>(view.members().keySet());
    rest.removeAll(lost);
    for (Blame blame : view.blames()) {
      if (!lost.contains(blame.observer())) {
        rest.remove(blame.subject());
      }
    }
    return view.isMajority(rest) ? rest : Set.of();
  }

  /**
   * So many ends of cut links that the others reach each other: those with the most cut links
   * first; then those who do not vote; then the last in order.
   */
  private static Set<String> ends(View view) {
    Map<String, Set<String>> cut = new HashMap<>();
    for (Blame blame : view.blames()) {
      if (view.blames().contains(blame.theOtherWay())) {
        cut.computeIfAbsent(blame.observer(), any -> new HashSet<>()).add(blame.subject());
      }
    }
    List<String> order = new ArrayList<>(view.members().keySet());
    Set<String> lost = new HashSet<>();
    while (!cut.isEmpty()) {
      String end =
          cut.keySet().stream()
              .max(
                  Comparator.<String>comparingInt(node -> cut.getOrDefault(node, Set.of()).size())
                      .thenComparing(node -> !view.votes(node))
                      .thenComparingInt(order::indexOf))
              .orElseThrow();
      lost.add(end);
      cut.remove(end);
      cut.values().forEach(others -> others.remove(end));
      cut.values().removeIf(Set::isEmpty);
    }
    return lost;
  }
}
