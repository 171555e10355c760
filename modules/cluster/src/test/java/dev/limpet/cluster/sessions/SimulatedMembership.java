package dev.limpet.cluster.sessions;

import dev.limpet.cluster.voters.Electorate;
import dev.limpet.model.net.HostPort;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Who is in the cluster of a {@link Simulation}, as Akka would have it: who joins, who is removed,
 * and what each node hears of that, at another time.
 */
final class SimulatedMembership {

  private static final long MILLI = SimulatedPlan.MILLI;

  /** From when a node does not answer to when the cluster knows. */
  static final long NOTICED = 2_000 * MILLI;

  /** To when it is removed. */
  private static final long REMOVED = 5_000 * MILLI;

  private final Simulation simulation;
  private final SimulatedPlan plan;
  private final SimulatedNetwork network;
  private final Random random;
  private final long[][] lastLinked;

  /** Uids of the members by their seats; 0 where there is none. */
  private final long[] members;

  private long lastUid;

  SimulatedMembership(Simulation simulation, SimulatedPlan plan, SimulatedNetwork network) {
    this.simulation = simulation;
    this.plan = plan;
    this.network = network;
    this.random = simulation.random();
    this.lastLinked = new long[plan.nodes()][plan.nodes()];
    this.members = new long[plan.nodes()];
  }

  /** There is no cluster any more. */
  void clear() {
    Arrays.fill(members, 0);
  }

  void join(SimulatedNode node) {
    long uid = ++lastUid;
    node.join(uid);
    simulation.at(null, random.nextLong(50 * MILLI, 800 * MILLI), () -> admit(node, uid));
  }

  /** The newest that any node knows of those who vote. */
  private Electorate electorate() {
    return electorate(-1);
  }

  /** The newest that any node knows without this one. */
  private Electorate electorate(int but) {
    return simulation.living().stream()
        .filter(node -> node.seat() != but)
        .map(node -> node.roll().electorate())
        .max(Comparator.comparingLong(Electorate::epoch))
        .filter(Electorate::isKnown)
        .orElse(plan.first());
  }

  boolean votes(int seat) {
    return electorate().has(SimulatedPlan.id(seat));
  }

  /** How many voters can be away at one time. */
  private int minority() {
    return minority(-1);
  }

  /** The same by what is known without this node. */
  int minority(int but) {
    return (electorate(but).voters().size() - 1) / 2;
  }

  /** Whether the others can go on without it: those who vote then are those whom they know. */
  boolean isDispensableVoter(int seat) {
    Electorate electorate = electorate(seat);
    return !electorate.has(SimulatedPlan.id(seat)) || weak(seat, electorate) < minority(seat);
  }

  /** Whether enough nodes are left without it, and without those that stop as well. */
  boolean mayRetire(int seat) {
    long staying =
        simulation.living().stream()
            .filter(node -> node.seat() != seat && node.isReady())
            .filter(node -> !node.sessions().isLeaving())
            .count();
    return staying >= plan.wanted();
  }

  /** How many voters, but for this one, are dead, out of reach, or not Ready. */
  int weak(int but) {
    return weak(but, electorate(but));
  }

  private int weak(int but, Electorate electorate) {
    int weak = 0;
    for (int seat = 0; seat < members.length; seat++) {
      boolean well =
          simulation.lives(seat) && simulation.node(seat).isReady() && isWellLinked(seat);
      weak += seat != but && electorate.has(SimulatedPlan.id(seat)) && !well ? 1 : 0;
    }
    return weak;
  }

  private boolean isWellLinked(int seat) {
    for (int other = 0; other < members.length; other++) {
      boolean counts = votes(other) && simulation.lives(other);
      if (counts && silence(seat, other) > 1_000 * MILLI) {
        return false;
      }
    }
    return !simulation.isFrozen(seat) && !network.isIsolated(seat);
  }

  /** Since when not both have reached the other. */
  private long silence(int one, int other) {
    return simulation.now() - Math.min(lastLinked[one][other], lastLinked[other][one]);
  }

  /** A member that others can reach; the one that was there before is none any more. */
  private void admit(SimulatedNode node, long uid) {
    if (node.isDead() || node.uid() != uid) {
      return;
    }
    boolean first = Arrays.stream(members).allMatch(member -> member == 0);
    boolean enough = linked(node.seat()) > minority();
    boolean wait = first ? !plan.isFixed() && !enough : !enough && linkedMembers() > 0;
    if (wait) {
      simulation.at(null, 300 * MILLI, () -> admit(node, uid));
      return;
    }
    if (first && !plan.isFixed()) {
      Electorate founded = electorate();
      simulation.at(node, 0, () -> node.found(founded, uid));
    }
    members[node.seat()] = uid;
    tellMembers();
  }

  private int linkedMembers() {
    return (int)
        IntStream.range(0, members.length)
            .filter(seat -> members[seat] != 0 && linked(seat) > minority())
            .count();
  }

  /** How many voters this node can reach and can be reached by, itself perhaps included. */
  private int linked(int seat) {
    return (int)
        IntStream.range(0, members.length)
            .filter(other -> votes(other) && isLinked(seat, other) && isLinked(other, seat))
            .count();
  }

  private boolean isLinked(int from, int to) {
    return simulation.lives(from)
        && simulation.lives(to)
        && !simulation.isFrozen(from)
        && !simulation.isFrozen(to)
        && (from == to || network.reaches(from, to));
  }

  /** Akka's failure detector and the downing of those who do not answer. */
  void watch() {
    boolean removed = false;
    for (int from = 0; from < members.length; from++) {
      for (int to = 0; to < members.length; to++) {
        lastLinked[from][to] = isLinked(from, to) ? simulation.now() : lastLinked[from][to];
      }
      simulation.restored(from);
    }
    for (int seat = 0; seat < members.length; seat++) {
      if (members[seat] != 0 && isLost(seat, REMOVED) && isDispensable(seat)) {
        simulation.say("node " + seat + " is removed");
        members[seat] = 0;
        removed = true;
        SimulatedNode node = simulation.node(seat);
        long uid = node.uid();
        simulation.at(
            node,
            random.nextLong(1_000 * MILLI),
            () -> {
              if (node.uid() == uid) {
                node.leave();
                join(node);
              }
            });
      }
    }
    tellMembers();
    simulation.at(null, (removed ? 100 : 400) * MILLI, this::watch);
  }

  /** Whether there are others who can go on without it. */
  private boolean isDispensable(int seat) {
    return plan.isFixed()
        ? linkedMembers() > minority()
        : IntStream.range(0, members.length)
            .anyMatch(other -> other != seat && members[other] != 0 && linked(other) > minority());
  }

  /** Whether no other node has had an answer of it for so long. */
  private boolean isLost(int seat, long nanos) {
    return IntStream.range(0, members.length)
        .filter(other -> other != seat)
        .allMatch(other -> silence(seat, other) > nanos);
  }

  private void tellMembers() {
    for (SimulatedNode node : simulation.living()) {
      if (members[node.seat()] == node.uid()) {
        List<Peers.Node> view = view(node);
        simulation.at(node, random.nextLong(MILLI, 300 * MILLI), () -> hear(node, view));
      }
    }
  }

  private void hear(SimulatedNode node, List<Peers.Node> view) {
    if (!network.isIsolated(node.seat()) && view.stream().anyMatch(m -> m.uid() == node.uid())) {
      node.members(view);
    }
  }

  private List<Peers.Node> view(SimulatedNode of) {
    List<Peers.Node> view = new ArrayList<>();
    for (int seat = 0; seat < members.length; seat++) {
      if (members[seat] != 0) {
        int to = seat;
        view.add(
            new Peers.Node(
                members[seat],
                SimulatedPlan.id(seat),
                new HostPort(SimulatedPlan.id(seat), 1),
                !isLost(seat, NOTICED),
                network.link(of.seat(), to)));
      }
    }
    return view;
  }

  /** Whether as many vote as should, and all of those live. */
  boolean isComplete() {
    Set<String> voters = new HashSet<>(electorate().voters());
    long living =
        simulation.living().stream()
            .filter(node -> voters.contains(SimulatedPlan.id(node.seat())))
            .count();
    boolean enough = living >= Math.min(plan.wanted(), simulation.living().size());
    return plan.isFixed() || (enough && voters.size() <= Math.max(living, 3));
  }

  /** In the end all know the same voters. */
  @Nullable String disagreement() {
    Set<Electorate> known = new HashSet<>();
    simulation.living().forEach(node -> known.add(node.roll().electorate()));
    return known.size() == 1 ? null : "nodes do not agree on who votes: " + known;
  }
}
