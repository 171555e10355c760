package dev.limpet.e2e.affinity.faults;

import dev.limpet.e2e.affinity.history.Span;
import dev.limpet.e2e.affinity.history.Story;
import dev.limpet.e2e.affinity.history.Timeline;
import dev.limpet.e2e.affinity.site.Fault;
import dev.limpet.e2e.affinity.site.Options;
import dev.limpet.e2e.affinity.site.Site;
import dev.limpet.e2e.affinity.site.TestedNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Breaks things, one fault of nodes and one of backends at a time, and heals them. Several threads,
 * so that a backend can die while nodes cannot talk. Which faults come in which order hangs on the
 * seed alone.
 */
public final class Nemesis implements AutoCloseable {

  private static final String NO_RECOVERY = "nodes-that-did-not-recover";
  private static final long STEADY = TimeUnit.SECONDS.toNanos(3);
  private static final long RECOVERY = TimeUnit.SECONDS.toNanos(60);

  private final Site site;
  private final Timeline time;
  private final Options options;
  private final Consumer<String> log;
  private final CountDownLatch over = new CountDownLatch(1);
  private final List<Span> nodeFaults = new ArrayList<>();
  private final Map<String, Integer> counts = new TreeMap<>();
  private final List<Thread> threads = new ArrayList<>();
  private volatile @Nullable Throwable failure;

  public Nemesis(Site site, Timeline time, Options options, Consumer<String> log) {
    this.site = site;
    this.time = time;
    this.options = options;
    this.log = log;
  }

  public void start(SplittableRandom random) {
    List<Fault> faults = site.possible(options.faults());
    List<Fault> ofNodes = faults.stream().filter(Fault::ofNodes).toList();
    List<Fault> ofBackends = faults.stream().filter(fault -> !fault.ofNodes()).toList();
    NodeFaults nodes = new NodeFaults(this, site, ofNodes, options.longestFault(), random.split());
    BackendFaults backends =
        new BackendFaults(this, site, time, ofBackends, options.longestFault(), random.split());
    SplittableRandom more = random.split();
    start(
        "nemesis-nodes",
        switch (options.nemesis()) {
          case FAULTS -> nodes::run;
          case SCALE -> new Scaling(this, site, options, nodes, more.split())::run;
          case UPGRADE -> new Upgrade(this, site, options, nodes, more.split())::run;
        });
    start("nemesis-backends", backends::run);
    if (options.nemesis() == Options.Nemesis.SCALE) {
      start("nemesis-certificates", new Rotation(this, site, more.split())::run);
    }
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

  boolean isOver() {
    return over.getCount() == 0;
  }

  /** Returns false if the run is over. */
  boolean pause(int millis) {
    try {
      return !over.await(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Does something to nodes, and waits until they have got over it. */
  void during(String kind, String what, Runnable action) {
    count(kind);
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

  /**
   * A fault begins when all nodes have got over the one before, or are past hope. They have once
   * they all have said so for a while: a node that has just woken up may not know yet what it has
   * missed.
   *
   * @return false if they are past hope
   */
  boolean awaitReady() {
    long hopeless = time.now() + RECOVERY;
    long since = time.now();
    while (time.now() < hopeless && time.now() - since < STEADY && pause(100)) {
      if (!site.members().stream().allMatch(TestedNode::isReady)) {
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

  synchronized void count(String what) {
    counts.merge(what, 1, Integer::sum);
  }

  void say(String what) {
    log.accept("%8s s  %s".formatted(Story.seconds(time.now()), what));
  }
}
