package dev.limpet.cluster.formation;

import dev.limpet.cluster.voters.Electorate;
import dev.limpet.model.net.HostPort;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Nodes that start, stop, stand still and come back elsewhere while DNS tells each something else
 * and the network is cut in places, and loses, doubles and delays messages. In place of Akka's
 * membership there is one that knows who is where, and drops who is dead after a while. What is to
 * hold: never do two clusters have a majority of their voters; and when all is well again, all
 * nodes are in one.
 */
final class SimulatedAssembly {

  /**
   * What goes wrong.
   *
   * @param wild whether anything may; then no more nodes start than are expected. If not, DNS is at
   *     most a second late, and few messages are lost
   */
  record Plan(long seed, int nodes, int expect, boolean wild) {

    static Plan of(long seed) {
      Random random = new Random(seed);
      int nodes = 1 + random.nextInt(6);
      boolean wild = random.nextInt(3) > 0;
      return new Plan(seed, nodes, wild ? nodes : 1 + random.nextInt(nodes), wild);
    }
  }

  private static final long MILLI = 1_000_000;
  private static final long TROUBLE_ENDS = Duration.ofMinutes(1).toNanos();
  private static final long END = Duration.ofMinutes(2).toNanos();

  /** As failure detector and downing take. */
  private static final long REMOVED_AFTER = Duration.ofSeconds(8).toNanos();

  private static final long LINGERS = Duration.ofSeconds(30).toNanos();

  private record Event(long at, long number, Runnable what) {}

  private static final class Cluster {
    private final Electorate electorate;
    private final Map<Node, Long> gone = new HashMap<>();
    private final Set<Node> members = new HashSet<>();

    private Cluster(Electorate electorate) {
      this.electorate = electorate;
    }
  }

  /** What a disk keeps. */
  private static final class Disk {
    private Electorate electorate = Electorate.NONE;
  }

  private static final class Node {
    private final String name;
    private final HostPort address;
    private final long number;
    private final long clockOffset;
    private final Disk disk;
    private Assembly assembly;
    private boolean alive = true;
    private long frozenUntil;
    private @Nullable Cluster cluster;

    @SuppressWarnings("NullAway") // Set right after.
    private Node(String name, HostPort address, long number, long clockOffset, Disk disk) {
      this.name = name;
      this.address = address;
      this.number = number;
      this.clockOffset = clockOffset;
      this.disk = disk;
    }
  }

  private final Plan plan;
  private final Random random;
  private final PriorityQueue<Event> events =
      new PriorityQueue<>(Comparator.comparingLong(Event::at).thenComparingLong(Event::number));
  private final Map<HostPort, Node> running = new HashMap<>();
  private final Map<HostPort, Long> stoppedAt = new HashMap<>();
  private final Map<HostPort, Long> startedAt = new HashMap<>();
  private final Map<String, Disk> disks = new HashMap<>();
  private final List<Cluster> clusters = new ArrayList<>();
  private final List<String> told = new ArrayList<>();

  /** Names of two nodes that do not reach each other, in order, and until when. */
  private final Map<List<String>, Long> cuts = new HashMap<>();

  private long now;
  private long count;
  private @Nullable String broken;

  SimulatedAssembly(Plan plan) {
    this.plan = plan;
    this.random = new Random(plan.seed());
  }

  /** What is broken, with all that has happened; null if nothing is. */
  @Nullable String run() {
    for (int i = 0; i < plan.nodes(); i++) {
      String name = "n" + i;
      long late = random.nextInt(3) == 0 ? random.nextInt(20_000) : random.nextInt(1_000);
      after(plan.wild() ? late : late % 1_000, () -> begin(name));
    }
    for (int i = 0; plan.wild() && i < random.nextInt(4); i++) {
      cut();
    }
    for (long at = 2_000; plan.wild() && at < 55_000; at += 1 + random.nextInt(15_000)) {
      after(at, this::trouble);
    }
    while (now < END && broken == null && !events.isEmpty()) {
      Event next = events.remove();
      now = next.at();
      next.what().run();
    }
    if (broken == null) {
      Set<Cluster> there =
          running.values().stream().map(process -> process.cluster).collect(Collectors.toSet());
      if (there.size() != 1 || there.contains(null)) {
        broken = "in the end there is not one cluster of all";
      }
    }
    return broken == null ? null : plan + ": " + broken + "\n" + String.join("\n", told);
  }

  private boolean isTroubled() {
    return now < TROUBLE_ENDS;
  }

  private void begin(String name) {
    HostPort address = new HostPort("10.0.0." + (1 + count % 250), 1000 + (int) (count % 60_000));
    Node process =
        new Node(
            name,
            address,
            now << 8 | random.nextInt(256),
            random.nextLong() >> 2,
            disks.computeIfAbsent(name, any -> new Disk()));
    say(name + " starts at " + address);
    running.put(address, process);
    startedAt.put(address, now);
    live(process);
  }

  private void live(Node process) {
    process.cluster = null;
    Assembly assembly =
        new Assembly(
            new Gathering.Self(process.name, process.number, process.address, plan.expect(), 3),
            () -> process.disk.electorate,
            this::post,
            () -> now / MILLI + clusters.size() * 1_000L,
            clock(process));
    process.assembly = assembly;
    round(process, assembly);
    find(process, assembly);
  }

  private long clock(Node process) {
    return now + process.clockOffset;
  }

  private void round(Node process, Assembly assembly) {
    whenAwake(
        process,
        assembly,
        () -> {
          switch (assembly.round(standing(process), clock(process))) {
            case Decision.Wait wait -> {}
            case Decision.Join(Set<HostPort> members) ->
                after(100 + random.nextInt(900), () -> join(process, assembly, members));
            case Decision.Found(Electorate voters) -> found(process, voters);
            case Decision.Leave(String why) -> {
              say(process.name + " leaves: " + why);
              process.disk.electorate = Electorate.NONE;
              leave(process);
              after(1_000, () -> whenAwake(process, assembly, () -> live(process)));
              return;
            }
          }
          after(230 + random.nextInt(40), () -> round(process, assembly));
        });
  }

  private void found(Node process, Electorate voters) {
    say(process.name + " founds a cluster of " + voters);
    Cluster cluster = new Cluster(voters);
    clusters.add(cluster);
    enter(process, cluster);
    if (plan.wild() && isTroubled() && random.nextInt(3) == 0) {
      freeze(process);
    }
  }

  private void join(Node process, Assembly assembly, Set<HostPort> members) {
    whenAwake(
        process,
        assembly,
        () -> {
          List<Node> there =
              members.stream()
                  .map(running::get)
                  .filter(member -> member != null && member.alive && member.cluster != null)
                  .toList();
          if (process.cluster == null && !there.isEmpty()) {
            Cluster cluster = there.get(random.nextInt(there.size())).cluster;
            if (cluster != null) {
              say(process.name + " joins the cluster of " + cluster.electorate);
              enter(process, cluster);
            }
          }
        });
  }

  private void enter(Node process, Cluster cluster) {
    process.cluster = cluster;
    process.disk.electorate = cluster.electorate;
    cluster.members.add(process);
    check();
  }

  private void leave(Node process) {
    Cluster cluster = process.cluster;
    if (cluster != null) {
      cluster.members.remove(process);
      cluster.gone.put(process, now);
    }
    process.cluster = null;
  }

  private void check() {
    long withQuorum =
        clusters.stream()
            .filter(
                cluster ->
                    cluster.electorate.isMajority(
                        cluster.members.stream().map(member -> member.name).toList()))
            .count();
    if (withQuorum > 1) {
      broken = "two clusters have a majority of their voters";
    }
  }

  private Standing standing(Node process) {
    Cluster cluster = process.cluster;
    if (cluster == null) {
      return Standing.OUTSIDE;
    }
    Map<String, HostPort> others = new HashMap<>();
    cluster.gone.forEach(
        (member, at) -> {
          if (now - at < REMOVED_AFTER) {
            others.put(member.name, member.address);
          }
        });
    Set<String> reachable = new HashSet<>();
    for (Node member : cluster.members) {
      if (member != process) {
        others.put(member.name, member.address);
      }
      if (member.frozenUntil <= now) {
        reachable.add(member.name);
      }
    }
    return new Standing(Standing.Stage.MEMBER, others, reachable, false);
  }

  private void trouble() {
    List<Node> alive = running.values().stream().filter(process -> process.alive).toList();
    if (alive.isEmpty() || !isTroubled()) {
      return;
    }
    Node process = alive.get(random.nextInt(alive.size()));
    switch (random.nextInt(6)) {
      case 0 -> alive.forEach(this::restart);
      case 1 -> restart(process);
      case 2, 3 -> cut();
      default -> freeze(process);
    }
  }

  private void freeze(Node process) {
    process.frozenUntil = now + (500 + random.nextInt(12_000)) * MILLI;
    say(process.name + " is frozen for " + (process.frozenUntil - now) / MILLI + " ms");
  }

  private void cut() {
    String one = "n" + random.nextInt(plan.nodes());
    String other = "n" + random.nextInt(plan.nodes());
    List<String> link = Stream.of(one, other).sorted().toList();
    cuts.put(link, Math.min(TROUBLE_ENDS, now + random.nextInt(30_000) * MILLI));
    say(link + " do not reach each other for a while");
  }

  private boolean isCut(String one, String other) {
    return cuts.getOrDefault(Stream.of(one, other).sorted().toList(), 0L) > now;
  }

  private void restart(Node process) {
    say(process.name + " dies");
    process.alive = false;
    running.remove(process.address);
    stoppedAt.put(process.address, now);
    leave(process);
    after(1_000 + random.nextInt(10_000), () -> begin(process.name));
  }

  private void find(Node process, Assembly assembly) {
    long late = isTroubled() && plan.wild() ? random.nextInt(3_000) : random.nextInt(1_000);
    long asked = now;
    boolean fails = isTroubled() && random.nextInt(10) == 0;
    after(
        late,
        () ->
            whenAwake(
                process,
                assembly,
                () -> {
                  if (!fails) {
                    assembly.found(answer(asked), clock(process));
                  }
                  after(process.cluster == null ? 1_000 : 5_000, () -> find(process, assembly));
                }));
  }

  private Set<HostPort> answer(long asked) {
    Set<HostPort> answer = new HashSet<>();
    startedAt.forEach(
        (address, at) -> {
          Long stopped = stoppedAt.get(address);
          boolean named = at <= asked && (stopped == null || now - stopped < LINGERS);
          if (named && !(isTroubled() && plan.wild() && random.nextInt(3) == 0)) {
            answer.add(address);
          }
        });
    return answer;
  }

  private void post(HostPort to, Hail hail) {
    int lost = isTroubled() ? plan.wild() ? 25 : 5 : 1;
    for (int copy = random.nextInt(20) == 0 ? 2 : 1; copy > 0; copy--) {
      if (random.nextInt(100) >= lost) {
        int most = isTroubled() && plan.wild() ? 1_500 : 50;
        after(1 + random.nextInt(most), () -> deliver(to, hail));
      }
    }
  }

  private void deliver(HostPort to, Hail hail) {
    Node process = running.get(to);
    if (process != null && !isCut(hail.name(), process.name)) {
      Assembly assembly = process.assembly;
      whenAwake(
          process,
          assembly,
          () -> assembly.hear(throughTheWire(hail), standing(process), clock(process)));
    }
  }

  /** Some as bytes, which takes its time. */
  private Hail throughTheWire(Hail hail) {
    return random.nextInt(50) == 0 ? HailFormat.fromBytes(HailFormat.toBytes(hail)) : hail;
  }

  private void whenAwake(Node process, Assembly assembly, Runnable what) {
    if (!process.alive || process.assembly != assembly) {
      return;
    }
    if (process.frozenUntil > now) {
      events.add(new Event(process.frozenUntil, count++, () -> whenAwake(process, assembly, what)));
    } else {
      what.run();
    }
  }

  private void after(long millis, Runnable what) {
    events.add(new Event(now + millis * MILLI, count++, what));
  }

  private void say(String what) {
    told.add(now / MILLI + " ms: " + what);
  }
}
