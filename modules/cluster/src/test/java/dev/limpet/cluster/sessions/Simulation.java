package dev.limpet.cluster.sessions;

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
  private final @Nullable SimulatedNode[] nodes;
  private final @Nullable SimulatedDisk[] disks;
  private final long[] frozenUntil;
  private final SimulatedNetwork network;
  private final SimulatedMembership membership;

  /** Killed, and its table is not yet back. */
  private final boolean[] emptied;

  /** Stopped for good. */
  private final boolean[] retired;

  private long now;

  /** From when on no fault lasts, and the nodes have had time to notice. */
  private long quietFrom = SimulatedPlan.END;

  private long eventCount;

  Simulation(SimulatedPlan plan, boolean telling) {
    this.plan = plan;
    this.telling = telling;
    this.random = new Random(plan.seed());
    int count = plan.nodes();
    this.nodes = new SimulatedNode[count];
    this.disks = new SimulatedDisk[count];
    this.frozenUntil = new long[count];
    this.network = new SimulatedNetwork(this, count);
    this.membership = new SimulatedMembership(this, plan, network);
    this.emptied = new boolean[count];
    this.retired = new boolean[count];
    this.clients = new SimulatedClients(this, history);
    for (int seat = 0; seat < count; seat++) {
      disks[seat] = plan.hasDisks() ? new SimulatedDisk(random) : null;
    }
  }

  /** What broke, or null. */
  @Nullable String run() {
    begin();
    runUntil(SimulatedPlan.END);
    String broken = judge();
    return broken == null && plan.hasDisks()
        ? new SimulatedBlackout(this, clients, history).run()
        : broken;
  }

  /** The first nodes start, and all that is planned is to happen. */
  void begin() {
    for (int seat = 0; seat < plan.atFirst(); seat++) {
      start(seat);
    }
    for (SimulatedPlan.Step step : plan.steps()) {
      at(null, step.at(), () -> perform(step));
    }
    at(null, 0, membership::watch);
  }

  /**
   * All nodes die at this instant, and their cluster with them.
   *
   * @param quiet from when on no fault lasts any more
   */
  void blackOut(long quiet) {
    say("all nodes die");
    quietFrom = quiet;
    membership.clear();
    living().forEach(SimulatedNode::die);
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
    clients.readAll(living());
    // Nodes that do not vote compare tables less often.
    runUntil(now + (plan.isFixed() ? 4_000 : 8_000) * MILLI);
    String broken = clients.unanswered();
    if (broken == null) {
      broken = clients.disagreement(living());
    }
    if (broken == null) {
      broken = membership.disagreement();
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

  SimulatedNetwork network() {
    return network;
  }

  int nodeCount() {
    return nodes.length;
  }

  /** The one that is or was there last; of those that never were, the first. */
  SimulatedNode node(int seat) {
    SimulatedNode node = nodes[seat];
    return node == null ? Objects.requireNonNull(nodes[0], "the first starts first") : node;
  }

  /** Whether there is a process, frozen perhaps. */
  boolean lives(int seat) {
    SimulatedNode node = nodes[seat];
    return node != null && !node.isDead();
  }

  List<SimulatedNode> living() {
    return IntStream.range(0, nodes.length).filter(this::lives).mapToObj(this::node).toList();
  }

  boolean isFrozen(int seat) {
    return frozenUntil[seat] > now;
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
      case REQUEST -> clients.request(node(seat), step.other(), step.random());
      case KILL -> {
        if (lives(seat) && mayKill(seat)) {
          say("kill node " + seat);
          node(seat).die();
          emptied[seat] = true;
          if (plan.hasDisks()) {
            disk(seat).damage(Math.floorMod(step.random(), 2 * SimulatedPlan.KEYS));
          }
          at(null, step.duration(), () -> startAgain(seat));
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
          clients.blind(seat, step.other(), now + SimulatedMembership.NOTICED, until);
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
      case START -> startAgain(seat);
      case RETIRE -> retire(seat, step.duration());
      case SERVER_DOWN -> history.gone(seat + 1L, now, until);
    }
  }

  private void startAgain(int seat) {
    if (!lives(seat) && !retired[seat]) {
      start(seat);
    }
  }

  /** An orderly stop, for good: it goes when others vote in its place, or when its time is over. */
  private void retire(int seat, long patience) {
    if (lives(seat) && membership.mayRetire(seat)) {
      say("node " + seat + " is to stop");
      retired[seat] = true;
      SimulatedNode node = node(seat);
      node.sessions().prepareToLeave();
      leave(node, now + patience);
    }
  }

  private void leave(SimulatedNode node, long deadline) {
    if (node.isDead()) {
      return;
    }
    boolean cut =
        now >= deadline && membership.weak(node.seat()) < membership.minority(node.seat());
    if ((node.mayLeave() && mayKill(node.seat())) || cut) {
      say("node " + node.seat() + " stops");
      node.die();
    } else {
      quietFrom = Math.max(quietFrom, now + 1_000 * MILLI);
      at(null, 100 * MILLI, () -> leave(node, deadline));
    }
  }

  private boolean mayKill(int seat) {
    return membership.isDispensableVoter(seat);
  }

  private boolean mayLose(int seat) {
    boolean any =
        IntStream.range(0, nodes.length)
            .anyMatch(one -> emptied[one] || (membership.votes(one) && !lives(one)));
    return lives(seat) && (!any || mayKill(seat));
  }

  /** Whether what a node that was killed knew is with others, or with it again. */
  void restored(int seat) {
    emptied[seat] &= !lives(seat) || !node(seat).isReady();
  }

  private boolean isWell() {
    return living().stream().allMatch(node -> node.isReady() && clients.isCurrent(node))
        && membership.isComplete();
  }

  private String states() {
    return living().stream()
        .map(
            node ->
                (node.isReady() ? " ready" : " not ready")
                    + (clients.isCurrent(node) ? "/current" : "/not current")
                    + " "
                    + node.roll().electorate().voters())
        .collect(Collectors.joining());
  }

  void start(int seat) {
    say("node " + seat + " starts");
    SimulatedNode node = new SimulatedNode(this, seat, plan.roll(seat), disks[seat]);
    nodes[seat] = node;
    membership.join(node);
  }
}
