package dev.limpet.cluster.sessions;

import dev.limpet.cluster.voters.Electorate;
import dev.limpet.cluster.voters.VoterRoll;
import dev.limpet.model.state.SplitMix64;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * What happens to a simulated cluster from outside: all of it follows from the seed. What is left
 * out to make a failing plan shorter leaves the rest as it is.
 */
record SimulatedPlan(long seed, boolean isFixed, int nodes, int atFirst, List<Step> steps) {

  /** Nodes of a simulation in which something happens. */
  static final int MOST = 7;

  /** How long a voter may not answer where voters change. */
  private static final Duration PATIENCE = Duration.ofMillis(2_500);

  static final int SERVERS = 4;
  static final int KEYS = 7;
  static final long MILLI = 1_000_000L;

  /** When the nodes have found one another. */
  static final long BEGIN = 2_000 * MILLI;

  static final long END = 14_000 * MILLI;

  enum Kind {
    /** A client shows its id at a node, or is given one there. */
    REQUEST,
    /** A process ends, and what it knew with it, but for its disk; it comes back after the time. */
    KILL,
    FREEZE,
    /** Nothing goes in or out of a node. */
    ISOLATE,
    /** Nothing goes from one node to another one. */
    CUT,
    /** Messages between all nodes are lost, doubled, and late. */
    STORM,
    SERVER_DOWN,
    /** A node comes that was never there, or that was killed. */
    START,
    /** A node stops in an orderly way, for good. */
    RETIRE
  }

  /**
   * @param at nanoseconds since the beginning
   * @param node or server
   * @param other a key, the other node of a cut, or what an isolated node thinks is dead
   */
  record Step(long at, Kind kind, int node, int other, long duration, long random) {

    @Override
    public String toString() {
      return "%8.3f %s %d/%d for %.3f s".formatted(at / 1e9, kind, node, other, duration / 1e9);
    }
  }

  static SimulatedPlan of(long seed) {
    Random random = new Random(seed * SplitMix64.GOLDEN_GAMMA + 1);
    int draw = random.nextInt(20);
    int nodes = draw < 15 ? 3 : draw < 19 ? 5 : 7;
    List<Step> steps = new ArrayList<>();
    int faults = 1 + random.nextInt(5);
    for (int i = 0; i < faults; i++) {
      steps.add(fault(random, nodes));
    }
    if (random.nextInt(3) == 0) {
      restartInStorm(random, nodes, steps);
    }
    int downs = 1 + random.nextInt(4);
    for (int i = 0; i < downs; i++) {
      steps.add(step(random, Kind.SERVER_DOWN, random.nextInt(SERVERS), 0, 500, 4_000));
    }
    addRequests(random, nodes, steps);
    if (seed % 4 == 3) {
      movesPastACut(random, nodes, steps);
    }
    steps.sort(Comparator.comparingLong(Step::at));
    return new SimulatedPlan(seed, true, nodes, nodes, List.copyOf(steps));
  }

  /** Whether nodes keep their tables on disk, and all of them stop at the end and start again. */
  boolean hasDisks() {
    return isFixed && seed % 5 == 4;
  }

  /** By which the node at a seat is known. */
  static String id(int seat) {
    return "node-" + seat;
  }

  /** How many voters there should be. */
  int wanted() {
    return isFixed ? nodes : nodes < 6 || nodes > MOST ? 3 : 5;
  }

  /** Those who vote when the cluster begins. */
  Electorate first() {
    List<String> ids = IntStream.range(0, atFirst).mapToObj(SimulatedPlan::id).toList();
    return isFixed
        ? Electorate.fixed(ids)
        : Electorate.founded(1, ids.subList(0, Math.min(atFirst, wanted())));
  }

  /** What a process at a seat knows of the voters when it starts. */
  VoterRoll roll(int seat) {
    return isFixed
        ? VoterRoll.fixed(id(seat), first().voters())
        : new VoterRoll(id(seat), wanted(), PATIENCE, Electorate.NONE);
  }

  /** A cluster of so many nodes, to which nothing happens. */
  static SimulatedPlan quiet(int nodes) {
    List<Step> steps = new ArrayList<>();
    for (int seat = 3; seat < nodes; seat++) {
      steps.add(new Step(BEGIN + seat * MILLI, Kind.START, seat, 0, 0, 0));
    }
    return new SimulatedPlan(1, false, nodes, 3, steps);
  }

  /** A cluster whose nodes come and go, and with them those who vote. */
  static SimulatedPlan changing(long seed) {
    Random random = new Random(seed * SplitMix64.GOLDEN_GAMMA + 3);
    int nodes = 4 + random.nextInt(4);
    int atFirst = random.nextInt(5) == 0 ? 1 : 3;
    List<Step> steps = new ArrayList<>();
    for (int seat = atFirst; seat < nodes; seat++) {
      steps.add(step(random, Kind.START, seat, 0, 0, 1));
    }
    int events = 2 + random.nextInt(4);
    for (int i = 0; i < events; i++) {
      steps.add(
          random.nextInt(3) == 0
              ? step(random, Kind.RETIRE, random.nextInt(nodes), 0, 200, 4_000)
              : fault(random, nodes));
    }
    int downs = 2 + random.nextInt(4);
    for (int i = 0; i < downs; i++) {
      steps.add(step(random, Kind.SERVER_DOWN, random.nextInt(SERVERS), 0, 500, 4_000));
    }
    addRequests(random, nodes, steps);
    if (seed % 4 == 3) {
      movesPastACut(random, nodes, steps);
    } else if (seed % 2 == 0) {
      handOverInStorm(random, nodes, atFirst, steps);
    }
    steps.sort(Comparator.comparingLong(Step::at));
    return new SimulatedPlan(seed, false, nodes, atFirst, List.copyOf(steps));
  }

  SimulatedPlan without(int from, int to) {
    List<Step> fewer = new ArrayList<>(steps.subList(0, from));
    fewer.addAll(steps.subList(to, steps.size()));
    return new SimulatedPlan(seed, isFixed, nodes, atFirst, List.copyOf(fewer));
  }

  private static void addRequests(Random random, int nodes, List<Step> steps) {
    int requests = 40 + random.nextInt(60);
    List<Step> events = List.copyOf(steps);
    for (int i = 0; i < requests; i++) {
      Step request = step(random, Kind.REQUEST, random.nextInt(nodes), random.nextInt(KEYS), 0, 1);
      if (random.nextBoolean()) {
        // Most of what goes wrong does so just after something has happened, or has ended.
        Step near = events.get(random.nextInt(events.size()));
        long from = near.at() + (random.nextBoolean() ? near.duration() : 0);
        request = at(request, from + random.nextLong(2_000 * MILLI));
      }
      steps.add(request);
    }
  }

  private static Step fault(Random random, int nodes) {
    int node = random.nextInt(nodes);
    int other = (node + 1 + random.nextInt(nodes - 1)) % nodes;
    return switch (random.nextInt(10)) {
      case 0, 1 -> step(random, Kind.KILL, node, 0, 200, 3_000);
      case 2, 3 -> step(random, Kind.FREEZE, node, 0, 300, 7_000);
      case 4, 5 -> step(random, Kind.ISOLATE, node, random.nextInt(SERVERS), 300, 7_000);
      case 6, 7 -> step(random, Kind.CUT, node, other, 300, 5_000);
      default -> step(random, Kind.STORM, 0, 0, 500, 4_000);
    };
  }

  /** What a majority has just heard of, and hardly anybody else, is all the harder to keep. */
  private static void restartInStorm(Random random, int nodes, List<Step> steps) {
    Step storm = step(random, Kind.STORM, 0, 0, 2_000, 5_000);
    int node = random.nextInt(nodes);
    steps.add(storm);
    Step kill = step(random, Kind.KILL, node, 0, 200, 800);
    steps.add(at(kill, storm.at() + random.nextLong(2_000 * MILLI)));
    for (int i = 0; i < 12; i++) {
      int at = random.nextInt(3) == 0 ? node : random.nextInt(nodes);
      Step request = step(random, Kind.REQUEST, at, random.nextInt(KEYS), 0, 1);
      steps.add(at(request, storm.at() + random.nextLong(3_000 * MILLI)));
    }
  }

  /** Voters go, one upon the other, and those who follow them have not heard of everything. */
  private static void handOverInStorm(Random random, int nodes, int atFirst, List<Step> steps) {
    for (int seat = atFirst; seat < nodes; seat++) {
      steps.add(at(step(random, Kind.START, seat, 0, 0, 1), BEGIN + random.nextLong(500 * MILLI)));
    }
    Step storm = step(random, Kind.STORM, 0, 0, 3_000, 6_000);
    long begin = BEGIN + random.nextLong(3_000 * MILLI, 6_000 * MILLI);
    steps.add(at(storm, begin));
    for (int i = 0; i < 3; i++) {
      Step retire = step(random, Kind.RETIRE, random.nextInt(nodes), 0, 200, 3_000);
      steps.add(at(retire, begin + random.nextLong(2_500 * MILLI)));
    }
    for (int server = 0; server < SERVERS; server++) {
      Step down = step(random, Kind.SERVER_DOWN, server, 0, 500, 2_000);
      steps.add(at(down, begin + random.nextLong(storm.duration())));
    }
    for (int i = 0; i < 40; i++) {
      Step request = step(random, Kind.REQUEST, random.nextInt(nodes), random.nextInt(KEYS), 0, 1);
      steps.add(at(request, begin + random.nextLong(storm.duration())));
    }
  }

  /** A node moves sessions, one after the other, while another one does not hear of it. */
  private static void movesPastACut(Random random, int nodes, List<Step> steps) {
    int node = random.nextInt(nodes);
    int other = (node + 1 + random.nextInt(nodes - 1)) % nodes;
    Step cut = step(random, Kind.CUT, node, other, 3_000, 6_000);
    steps.add(cut);
    for (int server = 0; server < SERVERS; server++) {
      Step down = step(random, Kind.SERVER_DOWN, server, 0, 500, 2_000);
      steps.add(at(down, cut.at() + random.nextLong(cut.duration())));
    }
    for (int i = 0; i < 40; i++) {
      int at = random.nextInt(4) == 0 ? other : node;
      Step request = step(random, Kind.REQUEST, at, random.nextInt(KEYS), 0, 1);
      steps.add(at(request, cut.at() + random.nextLong(cut.duration())));
    }
  }

  private static Step step(
      Random random, Kind kind, int node, int other, long fromMillis, long toMillis) {
    long at = BEGIN + random.nextLong(END - BEGIN);
    long duration = random.nextLong(fromMillis * MILLI, toMillis * MILLI);
    return new Step(at, kind, node, other, duration, random.nextLong());
  }

  private static Step at(Step step, long at) {
    return new Step(
        Math.min(at, END), step.kind(), step.node(), step.other(), step.duration(), step.random());
  }
}
