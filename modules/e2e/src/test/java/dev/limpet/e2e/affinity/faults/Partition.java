package dev.limpet.e2e.affinity.faults;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.random.RandomGenerator;

/**
 * Which nodes do not hear which others.
 *
 * @param what for people
 */
record Partition(String what, Set<Link> cut) {

  /** What {@code from} sends does not reach {@code to}. Nodes count from 0. */
  record Link(int from, int to) {}

  enum Shape {
    /** One node alone. */
    ISOLATED,
    /** Two sides that do not see each other. */
    HALVES,
    /** Two sides, and one node that sees both. */
    BRIDGE,
    /** Each sees a majority, and no two see the same. */
    MAJORITY_RING,
    /** Two nodes do not see each other, and all others see both. */
    ONE_LINK,
    /** One node hears the others and is not heard, or the other way round. */
    ONE_DIRECTION
  }

  static Partition of(Shape shape, int nodes, RandomGenerator random) {
    List<Integer> order = shuffled(nodes, random);
    int first = order.getFirst();
    return switch (shape) {
      case ISOLATED -> parted("alone", List.of(first), order.subList(1, nodes));
      case HALVES -> parted("apart", order.subList(0, nodes / 2), order.subList(nodes / 2, nodes));
      case BRIDGE ->
          parted(
              "bridged by node-" + (first + 1),
              order.subList(1, (nodes + 1) / 2),
              order.subList((nodes + 1) / 2, nodes));
      case MAJORITY_RING -> ring(order);
      case ONE_LINK -> parted("one link", order.subList(0, 1), order.subList(1, 2));
      case ONE_DIRECTION -> {
        boolean deaf = random.nextBoolean();
        yield cutting(
            "node-%d %s".formatted(first + 1, deaf ? "hears nobody" : "is not heard"),
            nodes,
            (from, to) -> deaf ? to == first : from == first);
      }
    };
  }

  private static Partition parted(String how, List<Integer> one, List<Integer> other) {
    Set<Link> cut = new LinkedHashSet<>();
    for (int a : one) {
      for (int b : other) {
        cut.add(new Link(a, b));
        cut.add(new Link(b, a));
      }
    }
    return new Partition(how + ": " + names(one) + " | " + names(other), cut);
  }

  /** Neighbours on a ring see each other as far as it takes for a majority. */
  private static Partition ring(List<Integer> order) {
    int nodes = order.size();
    int reach = (nodes / 2 + 1) / 2;
    return cutting(
        "majority ring " + names(order),
        nodes,
        (from, to) -> {
          int apart = Math.abs(order.indexOf(from) - order.indexOf(to));
          return Math.min(apart, nodes - apart) > reach;
        });
  }

  private static Partition cutting(String what, int nodes, BiPredicate<Integer, Integer> isCut) {
    Set<Link> cut = new LinkedHashSet<>();
    for (int from = 0; from < nodes; from++) {
      for (int to = 0; to < nodes; to++) {
        if (from != to && isCut.test(from, to)) {
          cut.add(new Link(from, to));
        }
      }
    }
    return new Partition(what, cut);
  }

  private static String names(List<Integer> nodes) {
    return String.join(",", nodes.stream().map(node -> "node-" + (node + 1)).toList());
  }

  private static List<Integer> shuffled(int nodes, RandomGenerator random) {
    List<Integer> order = new ArrayList<>();
    for (int node = 0; node < nodes; node++) {
      order.add(random.nextInt(order.size() + 1), node);
    }
    return order;
  }
}
