package dev.limpet.e2e.affinity.faults;

import dev.limpet.e2e.affinity.site.Clocks;
import dev.limpet.e2e.affinity.site.Fault;
import dev.limpet.e2e.affinity.site.Site;
import dev.limpet.e2e.affinity.site.TestedNode;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** What is done to nodes, their links, their disks and their clocks. */
final class NodeFaults {

  private static final int SHORTEST = 3_000;

  private final Nemesis nemesis;
  private final Site site;
  private final List<Fault> faults;
  private final int longest;
  private final SplittableRandom random;
  private final Deck deck;

  /**
   * @param longest of a fault, in milliseconds
   */
  NodeFaults(Nemesis nemesis, Site site, List<Fault> faults, int longest, SplittableRandom random) {
    this.nemesis = nemesis;
    this.site = site;
    this.faults = faults;
    this.longest = longest;
    this.random = random;
    this.deck = new Deck(faults, random);
  }

  void run() {
    while (!faults.isEmpty() && nemesis.pause(random.nextInt(2_000, 5_000))) {
      next();
    }
  }

  /** The next one, if there is any, until all have got over it. */
  void next() {
    if (faults.isEmpty()) {
      return;
    }
    Fault fault = deck.next();
    int millis = random.nextInt(SHORTEST, longest);
    switch (fault) {
      case KILL -> kill(someNodes(), millis);
      case FREEZE -> freeze(someNodes(), millis);
      case PARTITION -> part(millis);
      case CLOCK -> skew(millis);
      case RESTART -> restartInTurn();
      case ERASE -> erase(site.members().get(random.nextInt(site.members().size())), millis);
      case BACKEND_KILL, BACKEND_FREEZE, BACKEND_REFUSE, BACKEND_DRAIN, PAUSE, BUSY ->
          throw new IllegalArgumentException("not of nodes: " + fault);
    }
  }

  private void kill(List<TestedNode> victims, int millis) {
    nemesis.during(
        Fault.KILL.label(),
        "kill -9 of " + names(victims),
        () -> {
          victims.forEach(TestedNode::kill);
          nemesis.pause(millis);
          victims.forEach(site::restart);
        });
  }

  /** One only: what an acknowledged change or move needs is a majority of disks. */
  private void erase(TestedNode victim, int millis) {
    nemesis.during(
        Fault.ERASE.label(),
        "kill -9 of %s, whose disk is empty then".formatted(victim.name()),
        () -> {
          victim.kill();
          nemesis.pause(millis);
          victim.erase();
          site.restart(victim);
        });
  }

  private void freeze(List<TestedNode> victims, int millis) {
    nemesis.during(
        Fault.FREEZE.label(),
        "freeze of " + names(victims),
        () -> {
          victims.forEach(TestedNode::freeze);
          nemesis.pause(millis);
          victims.forEach(TestedNode::thaw);
        });
  }

  private void part(int millis) {
    Partition.Shape[] shapes = Partition.Shape.values();
    Partition partition;
    do {
      partition = Partition.of(shapes[random.nextInt(shapes.length)], site.nodes().size(), random);
    } while (partition.cut().isEmpty());
    apply(partition, millis);
  }

  private void apply(Partition partition, int millis) {
    nemesis.during(
        Fault.PARTITION.label(),
        "partition, " + partition.what(),
        () -> {
          partition.cut().forEach(link -> site.network().cut(link.from(), link.to()));
          nemesis.pause(millis);
          site.network().heal();
        });
  }

  private void skew(int millis) {
    TestedNode victim = site.members().get(random.nextInt(site.members().size()));
    Clocks clocks = site.clocks().orElseThrow();
    int seconds = random.nextInt(1, 600) * (random.nextBoolean() ? 1 : -1);
    nemesis.during(
        Fault.CLOCK.label(),
        "clock of %s off by %+d s, then %+d s".formatted(victim.name(), seconds, -seconds / 2),
        () -> {
          clocks.set(victim.name(), seconds);
          nemesis.pause(millis / 2);
          clocks.set(victim.name(), -seconds / 2);
          nemesis.pause(millis / 2);
          clocks.set(victim.name(), 0);
        });
  }

  private void restartInTurn() {
    nemesis.during(
        Fault.RESTART.label(),
        "restart of all nodes in turn",
        () -> {
          for (TestedNode node : site.members()) {
            if (nemesis.isOver()) {
              return;
            }
            node.stop();
            site.restart(node);
            if (!nemesis.awaitReady()) {
              return; // as whoever restarts them for an upgrade would
            }
          }
        });
  }

  /** Hurts fewer than half of the nodes, which is what P3 is about. */
  private List<TestedNode> someNodes() {
    List<TestedNode> rest = new ArrayList<>(site.members());
    List<TestedNode> victims = new ArrayList<>();
    int count = 1 + random.nextInt(Math.max(1, (rest.size() - 1) / 2));
    for (int i = 0; i < count; i++) {
      victims.add(rest.remove(random.nextInt(rest.size())));
    }
    return victims;
  }

  private static String names(List<TestedNode> nodes) {
    return String.join(", ", nodes.stream().map(TestedNode::name).toList());
  }
}
