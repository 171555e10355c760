package dev.limpet.cluster.sessions;

import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * The end of a {@link Simulation} whose nodes have disks: all of them die at one instant, with some
 * of what they did last not written, and start again one after the other, the disk of one perhaps
 * lost or damaged. What had been written by then must be what it was (P5).
 */
final class SimulatedBlackout {

  private static final long MILLI = SimulatedPlan.MILLI;

  private final Simulation simulation;
  private final SimulatedClients clients;
  private final SimulatedHistory history;
  private final Random random;

  SimulatedBlackout(Simulation simulation, SimulatedClients clients, SimulatedHistory history) {
    this.simulation = simulation;
    this.clients = clients;
    this.history = history;
    this.random = simulation.random();
  }

  /** What is broken afterwards, or null. */
  @Nullable String run() {
    // All is well: within this time all that is known is on all disks.
    simulation.runUntil(simulation.now() + 2 * SimulatedDisk.PERIOD);
    long[][] written = entries();
    if (random.nextBoolean()) {
      serverDown(0, 300);
      requests(20, 400);
      simulation.runUntil(simulation.now() + random.nextLong(100, 900) * MILLI);
    }
    for (int number = 0; number < SimulatedPlan.KEYS; number++) {
      if (hasChanged(number, written)) {
        history.unpromised(SimulatedClients.key(number));
      }
    }
    long quiet = simulation.now() + 8_000 * MILLI;
    int damaged = random.nextInt(2 * simulation.nodeCount());
    for (int seat = 0; seat < simulation.nodeCount(); seat++) {
      int at = seat;
      if (seat == damaged) {
        simulation.disk(seat).damage(random.nextInt(SimulatedPlan.KEYS));
      }
      simulation.disk(seat).jump(random.nextInt(4) == 0 ? random.nextLong(-3_600_000, 60_000) : 0);
      long delay = random.nextLong(random.nextInt(4) == 0 ? 8_000 : 1_000) * MILLI;
      quiet += delay;
      simulation.at(null, delay, () -> simulation.start(at));
    }
    simulation.blackOut(quiet);
    serverDown(random.nextLong(4_000), random.nextLong(500, 3_000));
    requests(40, 8_000);
    return simulation.judge();
  }

  private void serverDown(long fromMillis, long forMillis) {
    long from = simulation.now() + fromMillis * MILLI;
    long server = 1L + random.nextInt(SimulatedPlan.SERVERS);
    history.gone(server, from, from + forMillis * MILLI);
  }

  private void requests(int count, long withinMillis) {
    for (int i = 0; i < count; i++) {
      int seat = random.nextInt(simulation.nodeCount());
      int number = random.nextInt(SimulatedPlan.KEYS);
      long seed = random.nextLong();
      simulation.at(
          null,
          random.nextLong(withinMillis * MILLI),
          () -> clients.request(simulation.node(seat), number, seed));
    }
  }

  private long[][] entries() {
    long[][] entries = new long[SimulatedPlan.KEYS][];
    for (int number = 0; number < SimulatedPlan.KEYS; number++) {
      entries[number] = SimulatedClients.placement(simulation.node(0), number);
    }
    return entries;
  }

  /** Whether a node has something newer than what was written. */
  private boolean hasChanged(int number, long[][] written) {
    for (int seat = 0; seat < simulation.nodeCount(); seat++) {
      long[] now = SimulatedClients.placement(simulation.node(seat), number);
      if (!Arrays.equals(now, written[number])) {
        return true;
      }
    }
    return false;
  }
}
