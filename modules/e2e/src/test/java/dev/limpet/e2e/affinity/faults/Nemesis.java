package dev.limpet.e2e.affinity.faults;

import dev.limpet.e2e.affinity.history.Limits;
import dev.limpet.e2e.affinity.history.Span;
import dev.limpet.e2e.affinity.history.Story;
import dev.limpet.e2e.affinity.history.Timeline;
import dev.limpet.e2e.affinity.site.ClientKind;
import dev.limpet.e2e.affinity.site.Clocks;
import dev.limpet.e2e.affinity.site.Fault;
import dev.limpet.e2e.affinity.site.Site;
import dev.limpet.e2e.affinity.site.TestedBackend;
import dev.limpet.e2e.affinity.site.TestedNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Breaks things, one fault of nodes and one of backends at a time, and heals them. Two threads, so
 * that a backend can die while nodes cannot talk. Which faults come in which order hangs on the
 * seed alone.
 */
public final class Nemesis implements AutoCloseable {

  private static final int SHORTEST = 3_000;

  /** Of a backend, so that it is dead, and not merely paused: dead-after is 10 s. */
  private static final int SHORTEST_FREEZE = 12_000;

  private static final int LONGEST_FREEZE = 20_000;

  /** Of a backend, so that it is alive all the while. */
  private static final int SHORTEST_PAUSE = 500;

  private static final int LONGEST_PAUSE = 8_000;

  private static final String NO_RECOVERY = "nodes-that-did-not-recover";
  private static final long STEADY = TimeUnit.SECONDS.toNanos(3);
  private static final long RECOVERY = TimeUnit.SECONDS.toNanos(60);

  private final Site site;
  private final Timeline time;
  private final int longest;
  private final Consumer<String> log;
  private final CountDownLatch over = new CountDownLatch(1);
  private final List<Span> nodeFaults = new ArrayList<>();
  private final Map<String, Integer> counts = new TreeMap<>();
  private final List<Thread> threads = new ArrayList<>();
  private volatile @Nullable Throwable failure;

  /**
   * @param longest of a fault, in milliseconds
   */
  public Nemesis(Site site, Timeline time, int longest, Consumer<String> log) {
    this.site = site;
    this.time = time;
    this.longest = longest;
    this.log = log;
  }

  public void start(List<Fault> faults, RandomGenerator forNodes, RandomGenerator forBackends) {
    List<Fault> ofNodes = faults.stream().filter(Fault::ofNodes).toList();
    List<Fault> ofBackends = faults.stream().filter(fault -> !fault.ofNodes()).toList();
    start("nemesis-nodes", () -> run(ofNodes, forNodes));
    start("nemesis-backends", () -> run(ofBackends, forBackends));
  }

  private void start(String name, Runnable work) {
    Thread.UncaughtExceptionHandler onFailure = (thread, failure) -> this.failure = failure;
    threads.add(Thread.ofPlatform().name(name).uncaughtExceptionHandler(onFailure).start(work));
  }

  /**
   * Heals what is broken, and waits for that.
   *
   * @throws IllegalStateException if it could not do what it should, and the run shows nothing
   */
  @Override
  public void close() {
    over.countDown();
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    if (failure != null) {
      throw new IllegalStateException("the nemesis has failed", failure);
    }
  }

  public synchronized List<Span> nodeFaults() {
    return List.copyOf(nodeFaults);
  }

  public synchronized Map<String, Integer> counts() {
    return new TreeMap<>(counts);
  }

  private void run(List<Fault> faults, RandomGenerator random) {
    List<Fault> deck = new ArrayList<>();
    while (!faults.isEmpty() && pause(random.nextInt(2_000, 5_000))) {
      if (deck.isEmpty()) {
        // Each kind comes before any comes again.
        faults.forEach(fault -> deck.add(random.nextInt(deck.size() + 1), fault));
      }
      Fault fault = deck.removeFirst();
      int millis = random.nextInt(SHORTEST, longest);
      switch (fault) {
        case KILL -> killNodes(someNodes(random), millis);
        case FREEZE -> freezeNodes(someNodes(random), millis);
        case PARTITION -> part(random, millis);
        case CLOCK -> skew(random, millis);
        case RESTART -> restartInTurn();
        case ERASE -> erase(site.nodes().get(random.nextInt(site.nodes().size())), millis);
        case BACKEND_KILL -> {
          TestedBackend backend = someBackend(random);
          backend(fault, backend, millis, backend::kill, backend::restart);
        }
        case BACKEND_FREEZE -> {
          TestedBackend backend = someBackend(random);
          int frozen = random.nextInt(SHORTEST_FREEZE, LONGEST_FREEZE);
          backend(fault, backend, frozen, backend::freeze, backend::thaw);
        }
        case BACKEND_REFUSE -> {
          TestedBackend backend = someBackend(random);
          backend(fault, backend, millis, backend::refuse, backend::accept);
        }
        case BACKEND_DRAIN -> {
          TestedBackend backend = someBackend(random);
          backend(
              fault, backend, millis, () -> order(backend, "drain"), () -> order(backend, "up"));
        }
        case PAUSE -> {
          TestedBackend backend = someBackend(random);
          int paused = random.nextInt(SHORTEST_PAUSE, LONGEST_PAUSE);
          awaitKnownUp(backend);
          backend(fault, backend, paused, backend::pause, backend::thaw);
        }
        case BUSY -> {
          TestedBackend backend = someBackend(random);
          int blocked = random.nextInt(SHORTEST_PAUSE, LONGEST_PAUSE);
          awaitKnownUp(backend);
          backend(fault, backend, blocked, () -> backend.block(blocked), backend::unblock);
        }
      }
    }
  }

  private void killNodes(List<TestedNode> victims, int millis) {
    during(
        Fault.KILL,
        "kill -9 of " + names(victims),
        () -> {
          victims.forEach(TestedNode::kill);
          pause(millis);
          victims.forEach(TestedNode::restart);
        });
  }

  /** One only: what an acknowledged change or move needs is a majority of disks. */
  private void erase(TestedNode victim, int millis) {
    during(
        Fault.ERASE,
        "kill -9 of %s, whose disk is empty then".formatted(victim.name()),
        () -> {
          victim.kill();
          pause(millis);
          victim.erase();
          victim.restart();
        });
  }

  private void freezeNodes(List<TestedNode> victims, int millis) {
    during(
        Fault.FREEZE,
        "freeze of " + names(victims),
        () -> {
          victims.forEach(TestedNode::freeze);
          pause(millis);
          victims.forEach(TestedNode::thaw);
        });
  }

  private void part(RandomGenerator random, int millis) {
    Partition.Shape[] shapes = Partition.Shape.values();
    Partition partition;
    do {
      partition = Partition.of(shapes[random.nextInt(shapes.length)], site.nodes().size(), random);
    } while (partition.cut().isEmpty());
    apply(partition, millis);
  }

  private void apply(Partition partition, int millis) {
    during(
        Fault.PARTITION,
        "partition, " + partition.what(),
        () -> {
          partition.cut().forEach(link -> site.network().cut(link.from(), link.to()));
          pause(millis);
          site.network().heal();
        });
  }

  private void skew(RandomGenerator random, int millis) {
    TestedNode victim = site.nodes().get(random.nextInt(site.nodes().size()));
    Clocks clocks = site.clocks().orElseThrow();
    int seconds = random.nextInt(1, 600) * (random.nextBoolean() ? 1 : -1);
    during(
        Fault.CLOCK,
        "clock of %s off by %+d s, then %+d s".formatted(victim.name(), seconds, -seconds / 2),
        () -> {
          clocks.set(victim.name(), seconds);
          pause(millis / 2);
          clocks.set(victim.name(), -seconds / 2);
          pause(millis / 2);
          clocks.set(victim.name(), 0);
        });
  }

  private void restartInTurn() {
    during(
        Fault.RESTART,
        "restart of all nodes in turn",
        () -> {
          for (TestedNode node : site.nodes()) {
            if (over.getCount() == 0) {
              return;
            }
            node.stop();
            node.restart();
            if (!awaitReady()) {
              return; // as whoever restarts them for an upgrade would
            }
          }
        });
  }

  /** As an operator would: at the next node if one does not answer, or not with success. */
  private void order(TestedBackend backend, String state) {
    for (ClientKind kind : ClientKind.ALL) {
      boolean heard = false;
      while (!heard && pause(100)) {
        heard = site.nodes().stream().anyMatch(node -> node.order(kind, backend, state));
      }
    }
  }

  /**
   * Two pauses without a break are one, and what is paused before it is known to be back stays
   * dead.
   */
  private void awaitKnownUp(TestedBackend backend) {
    long known = backend.upSince() + Limits.OF_THE_SITE.notice();
    pause((int) Math.max(0, TimeUnit.NANOSECONDS.toMillis(known - time.now())));
  }

  private void backend(
      Fault fault, TestedBackend victim, int millis, Runnable hurt, Runnable heal) {
    count(fault.label());
    say(fault.label() + " of " + victim.name());
    hurt.run();
    pause(millis);
    heal.run();
    say("over: " + fault.label() + " of " + victim.name());
  }

  private void during(Fault fault, String what, Runnable action) {
    count(fault.label());
    recorded(what, action);
    recorded("recovery from " + what, this::awaitReady);
  }

  private void recorded(String what, Runnable action) {
    say(what);
    long from = time.now();
    action.run();
    synchronized (this) {
      nodeFaults.add(new Span(from, time.now(), what));
    }
    say("over: " + what);
  }

  /** Hurts fewer than half of the nodes, which is what P3 is about. */
  private List<TestedNode> someNodes(RandomGenerator random) {
    List<TestedNode> rest = new ArrayList<>(site.nodes());
    List<TestedNode> victims = new ArrayList<>();
    int count = 1 + random.nextInt(Math.max(1, (rest.size() - 1) / 2));
    for (int i = 0; i < count; i++) {
      victims.add(rest.remove(random.nextInt(rest.size())));
    }
    return victims;
  }

  private TestedBackend someBackend(RandomGenerator random) {
    return site.backends().get(random.nextInt(site.backends().size()));
  }

  /**
   * A fault begins when all nodes have got over the one before, or are past hope. They have once
   * they all have said so for a while: a node that has just woken up may not know yet what it has
   * missed.
   *
   * @return false if they are past hope
   */
  private boolean awaitReady() {
    long hopeless = time.now() + RECOVERY;
    long since = time.now();
    while (time.now() < hopeless && time.now() - since < STEADY && pause(100)) {
      if (!site.nodes().stream().allMatch(TestedNode::isReady)) {
        since = time.now();
      }
    }
    if (time.now() < hopeless) {
      return true;
    }
    say("not all nodes are ready again");
    count(NO_RECOVERY);
    return false;
  }

  /** Returns false if the run is over. */
  private boolean pause(int millis) {
    try {
      return !over.await(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private synchronized void count(String what) {
    counts.merge(what, 1, Integer::sum);
  }

  private void say(String what) {
    log.accept("%8s s  %s".formatted(Story.seconds(time.now()), what));
  }

  private static String names(List<TestedNode> nodes) {
    return String.join(", ", nodes.stream().map(TestedNode::name).toList());
  }
}
