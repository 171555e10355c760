package dev.limpet.e2e.affinity.faults;

import dev.limpet.e2e.affinity.history.Limits;
import dev.limpet.e2e.affinity.history.Timeline;
import dev.limpet.e2e.affinity.site.ClientKind;
import dev.limpet.e2e.affinity.site.Fault;
import dev.limpet.e2e.affinity.site.Site;
import dev.limpet.e2e.affinity.site.TestedBackend;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/** What is done to backends. */
final class BackendFaults {

  private static final int SHORTEST = 3_000;

  /** So that it is dead, and not merely paused: dead-after is 10 s. */
  private static final int SHORTEST_FREEZE = 12_000;

  private static final int LONGEST_FREEZE = 20_000;

  /** So that it is alive all the while. */
  private static final int SHORTEST_PAUSE = 500;

  private static final int LONGEST_PAUSE = 8_000;

  private final Nemesis nemesis;
  private final Site site;
  private final Timeline time;
  private final List<Fault> faults;
  private final int longest;
  private final SplittableRandom random;
  private final Deck deck;

  /**
   * @param longest of a fault, in milliseconds
   */
  BackendFaults(
      Nemesis nemesis,
      Site site,
      Timeline time,
      List<Fault> faults,
      int longest,
      SplittableRandom random) {
    this.nemesis = nemesis;
    this.site = site;
    this.time = time;
    this.faults = faults;
    this.longest = longest;
    this.random = random;
    this.deck = new Deck(faults, random);
  }

  void run() {
    while (!faults.isEmpty() && nemesis.pause(random.nextInt(2_000, 5_000))) {
      Fault fault = deck.next();
      int millis = random.nextInt(SHORTEST, longest);
      TestedBackend victim = site.backends().get(random.nextInt(site.backends().size()));
      switch (fault) {
        case BACKEND_KILL -> during(fault, victim, millis, victim::kill, victim::restart);
        case BACKEND_FREEZE -> {
          int frozen = random.nextInt(SHORTEST_FREEZE, LONGEST_FREEZE);
          during(fault, victim, frozen, victim::freeze, victim::thaw);
        }
        case BACKEND_REFUSE -> during(fault, victim, millis, victim::refuse, victim::accept);
        case BACKEND_DRAIN ->
            during(fault, victim, millis, () -> order(victim, "drain"), () -> order(victim, "up"));
        case PAUSE -> {
          int paused = random.nextInt(SHORTEST_PAUSE, LONGEST_PAUSE);
          awaitKnownUp(victim);
          during(fault, victim, paused, victim::pause, victim::thaw);
        }
        case BUSY -> {
          int blocked = random.nextInt(SHORTEST_PAUSE, LONGEST_PAUSE);
          awaitKnownUp(victim);
          during(fault, victim, blocked, () -> victim.block(blocked), victim::unblock);
        }
        case KILL, FREEZE, PARTITION, CLOCK, RESTART, ERASE ->
            throw new IllegalArgumentException("not of backends: " + fault);
      }
    }
  }

  /** As an operator would: at the next node if one does not answer, or not with success. */
  private void order(TestedBackend backend, String state) {
    for (ClientKind kind : ClientKind.ALL) {
      boolean heard = false;
      while (!heard && nemesis.pause(100)) {
        heard = site.members().stream().anyMatch(node -> node.order(kind, backend, state));
      }
    }
  }

  /**
   * Two pauses without a break are one, and what is paused before it is known to be back stays
   * dead.
   */
  private void awaitKnownUp(TestedBackend backend) {
    long known = backend.upSince() + Limits.OF_THE_SITE.notice();
    nemesis.pause((int) Math.max(0, TimeUnit.NANOSECONDS.toMillis(known - time.now())));
  }

  private void during(Fault fault, TestedBackend victim, int millis, Runnable hurt, Runnable heal) {
    nemesis.count(fault.label());
    nemesis.say(fault.label() + " of " + victim.name());
    hurt.run();
    nemesis.pause(millis);
    heal.run();
    nemesis.say("over: " + fault.label() + " of " + victim.name());
  }
}
