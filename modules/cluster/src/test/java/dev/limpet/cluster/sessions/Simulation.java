package dev.limpet.cluster.sessions;

import dev.limpet.model.net.HostPort;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Nodes, the network between them, membership as Akka gives it, and clients, in one thread and a
 * time that costs nothing: the next event is the one that is due first. The same plan gives the
 * same events.
 *
 * <p>The plan's faults are kept within what is promised: what a killed node knew must be at a
 * majority of the others, so no further node is taken away while one has yet to get its table back.
 * Messages are lost, and nodes cut off, without such a limit.
 */
final class Simulation {

  private static final long MILLI = SimulatedPlan.MILLI;

  /** From when a node does not answer to when the cluster knows. */
  private static final long NOTICED = 2_000 * MILLI;

  /** To when it is removed. */
  private static final long REMOVED = 5_000 * MILLI;

  /** What comes back must be Ready within this time. */
  private static final long HEALED = 25_000 * MILLI;

  private record Event(long at, long number, @Nullable SimulatedNode node, Runnable run)
      implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      int order = Long.compare(at, other.at);
      return order != 0 ? order : Long.compare(number, other.number);
    }
  }

  private final SimulatedPlan plan;
  private final Random random;
  private final boolean telling;
  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private final SimulatedHistory history = new SimulatedHistory();
  private final SimulatedClients clients;
  private final List<HostPort> seats = new ArrayList<>();
  private final SimulatedNode[] nodes;
  private final @Nullable SimulatedDisk[] disks;
  private final long[] frozenUntil;
  private final SimulatedNetwork network;
  private final long[][] lastLinked;

  /** Uids of the members by their seats; 0 where there is none. */
  private final long[] members;

  /** Killed, and its table is not yet back. */
  private final boolean[] emptied;

  private long now;

  /** From when on no fault lasts, and the nodes have had time to notice. */
  private long quietFrom = SimulatedPlan.END;

  private long eventCount;
  private long lastUid;

  Simulation(SimulatedPlan plan, boolean telling) {
    this.plan = plan;
    this.telling = telling;
    this.random = new Random(plan.seed());
    int count = plan.nodes();
    this.nodes = new SimulatedNode[count];
    this.disks = new SimulatedDisk[count];
    this.frozenUntil = new long[count];
    this.network = new SimulatedNetwork(this, count);
    this.lastLinked = new long[count][count];
    this.members = new long[count];
    this.emptied = new boolean[count];
    this.clients = new SimulatedClients(this, history);
    for (int seat = 0; seat < count; seat++) {
      seats.add(new HostPort("node-" + seat, 1));
      disks[seat] = plan.hasDisks() ? new SimulatedDisk(random) : null;
    }
  }

  /** What broke, or null. */
  @Nullable String run() {
    for (int seat = 0; seat < nodes.length; seat++) {
      start(seat);
    }
    for (SimulatedPlan.Step step : plan.steps()) {
      at(null, step.at(), () -> perform(step));
    }
    at(null, 0, this::watch);
    runUntil(SimulatedPlan.END);
    String broken = judge();
    return broken == null && plan.hasDisks()
        ? new SimulatedBlackout(this, clients, history).run()
        : broken;
  }

  /**
   * All nodes die at this instant, and their cluster with them.
   *
   * @param quiet from when on no fault lasts any more
   */
  void blackOut(long quiet) {
    say("all nodes die");
    quietFrom = quiet;
    Arrays.fill(members, 0);
    for (SimulatedNode node : nodes) {
      node.die();
    }
  }

  /** What is broken when no fault lasts any more, or null. */
  @Nullable String judge() {
    long deadline = Math.max(now, quietFrom) + HEALED;
    while (now <= quietFrom || !isWell()) {
      if (now > deadline) {
        return "P3: not all nodes are Ready and current again " + states();
      }
      runUntil(now + 500 * MILLI);
    }
    clients.readAll(nodes);
    runUntil(now + 4_000 * MILLI);
    String broken = clients.unanswered();
    if (broken == null) {
      broken = clients.disagreement(nodes);
    }
    return broken == null ? history.broken() : broken;
  }

  long now() {
    return now;
  }

  Random random() {
    return random;
  }

  long eventCount() {
    return eventCount;
  }

  int answerCount() {
    return history.size();
  }

  int nodeCount() {
    return nodes.length;
  }

  SimulatedNode node(int seat) {
    return nodes[seat];
  }

  SimulatedDisk disk(int seat) {
    return Objects.requireNonNull(disks[seat], "a plan without disks");
  }

  /** Runs it after so long at a node, or, without one, outside of all. */
  void at(@Nullable SimulatedNode node, long nanos, Runnable run) {
    events.add(new Event(now + nanos, ++eventCount, node, run));
  }

  void say(String what) {
    if (telling) {
      System.out.printf("%8.3f %s%n", now / 1e9, what);
    }
  }

  void runUntil(long end) {
    while (!events.isEmpty() && events.element().at <= end) {
      Event event = events.remove();
      now = event.at;
      SimulatedNode node = event.node;
      if (node == null) {
        event.run.run();
      } else if (frozenUntil[node.seat()] > now) {
        long rest = frozenUntil[node.seat()] - now;
        events.add(new Event(now + rest, event.number, node, event.run));
      } else if (!node.isDead()) {
        node.begin();
        event.run.run();
      }
    }
    now = end;
  }

  private void perform(SimulatedPlan.Step step) {
    int seat = step.node();
    long until = now + step.duration();
    quietFrom = Math.max(quietFrom, until + 1_000 * MILLI);
    switch (step.kind()) {
      case REQUEST -> clients.request(nodes[seat], step.other(), step.random());
      case KILL -> {
        if (!nodes[seat].isDead() && weak(seat) < minority()) {
          say("kill node " + seat);
          nodes[seat].die();
          emptied[seat] = true;
          if (plan.hasDisks()) {
            disk(seat).damage(Math.floorMod(step.random(), 2 * SimulatedPlan.KEYS));
          }
          at(null, step.duration(), () -> start(seat));
        }
      }
      case FREEZE -> {
        if (mayLose(seat)) {
          say("freeze node " + seat);
          frozenUntil[seat] = Math.max(frozenUntil[seat], until);
        }
      }
      case ISOLATE -> {
        if (mayLose(seat)) {
          say("isolate node " + seat);
          network.isolate(seat, until);
          clients.blind(seat, step.other(), now + NOTICED, until);
        }
      }
      case CUT -> {
        if (mayLose(seat)) {
          say("cut node " + seat + " from " + step.other());
          network.cut(seat, step.other(), until);
        }
      }
      case STORM -> {
        say("storm");
        network.storm(until);
      }
      case SERVER_DOWN -> history.gone(seat + 1L, now, until);
    }
  }

  private int minority() {
    return (nodes.length - 1) / 2;
  }

  private boolean mayLose(int seat) {
    boolean any = IntStream.range(0, nodes.length).anyMatch(one -> emptied[one]);
    return !any || weak(seat) < minority();
  }

  /** How many nodes, but for this one, are dead, out of reach, or not Ready. */
  private int weak(int but) {
    int weak = 0;
    for (int seat = 0; seat < nodes.length; seat++) {
      weak += seat != but && (!nodes[seat].isReady() || !isWellLinked(seat)) ? 1 : 0;
    }
    return weak;
  }

  private boolean isWellLinked(int seat) {
    for (int other = 0; other < nodes.length; other++) {
      if (now - Math.min(lastLinked[seat][other], lastLinked[other][seat]) > 1_000 * MILLI) {
        return false;
      }
    }
    return frozenUntil[seat] <= now && !network.isIsolated(seat);
  }

  private boolean isWell() {
    return Arrays.stream(nodes).allMatch(node -> node.isReady() && clients.isCurrent(node));
  }

  private String states() {
    return Arrays.stream(nodes)
        .map(
            node ->
                (node.isReady() ? " ready" : " not ready")
                    + (clients.isCurrent(node) ? "/current" : "/not current"))
        .collect(Collectors.joining());
  }

  void start(int seat) {
    say("node " + seat + " starts");
    nodes[seat] = new SimulatedNode(this, seat, seats, disks[seat]);
    join(nodes[seat]);
  }

  private void join(SimulatedNode node) {
    long uid = ++lastUid;
    node.join(uid);
    at(null, random.nextLong(50 * MILLI, 800 * MILLI), () -> admit(node, uid));
  }

  /** A member that others can reach; the one that was there before is none any more. */
  private void admit(SimulatedNode node, long uid) {
    if (node.isDead() || node.uid() != uid) {
      return;
    }
    if (linked(node.seat()) <= minority() && linkedMembers() > 0) {
      at(null, 300 * MILLI, () -> admit(node, uid));
      return;
    }
    members[node.seat()] = uid;
    tellMembers();
  }

  private int linkedMembers() {
    return (int)
        IntStream.range(0, nodes.length)
            .filter(seat -> members[seat] != 0 && linked(seat) > minority())
            .count();
  }

  /** How many nodes this one and it can reach, itself included. */
  private int linked(int seat) {
    return (int)
        IntStream.range(0, nodes.length)
            .filter(other -> isLinked(seat, other) && isLinked(other, seat))
            .count();
  }

  private boolean isLinked(int from, int to) {
    return nodes[from] != null
        && nodes[to] != null
        && !nodes[from].isDead()
        && !nodes[to].isDead()
        && frozenUntil[from] <= now
        && frozenUntil[to] <= now
        && (from == to || network.reaches(from, to));
  }

  /** Akka's failure detector and its split brain resolver. */
  private void watch() {
    boolean removed = false;
    for (int from = 0; from < nodes.length; from++) {
      for (int to = 0; to < nodes.length; to++) {
        lastLinked[from][to] = isLinked(from, to) ? now : lastLinked[from][to];
      }
      emptied[from] &= !nodes[from].isReady();
    }
    for (int seat = 0; seat < nodes.length; seat++) {
      if (members[seat] != 0 && isLost(seat, REMOVED) && linkedMembers() > minority()) {
        say("node " + seat + " is removed");
        members[seat] = 0;
        removed = true;
        SimulatedNode node = nodes[seat];
        long uid = node.uid();
        at(
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
    at(null, (removed ? 100 : 400) * MILLI, this::watch);
  }

  /** Whether no other node has had an answer of it for so long. */
  private boolean isLost(int seat, long nanos) {
    return IntStream.range(0, nodes.length)
        .filter(other -> other != seat)
        .allMatch(
            other -> now - Math.min(lastLinked[seat][other], lastLinked[other][seat]) > nanos);
  }

  private void tellMembers() {
    for (SimulatedNode node : nodes) {
      if (node != null && !node.isDead() && members[node.seat()] == node.uid()) {
        List<Peers.Node> view = view(node);
        at(node, random.nextLong(MILLI, 300 * MILLI), () -> hear(node, view));
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
    for (int seat = 0; seat < nodes.length; seat++) {
      if (members[seat] != 0) {
        int to = seat;
        view.add(
            new Peers.Node(
                members[seat],
                seats.get(seat),
                !isLost(seat, NOTICED),
                network.link(of.seat(), to)));
      }
    }
    return view;
  }
}
