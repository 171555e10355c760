package dev.limpet.cluster.sessions;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;

/** Carries messages between the nodes of a {@link Simulation}, or does not. */
final class SimulatedNetwork {

  private static final long MILLI = SimulatedPlan.MILLI;

  private final Simulation simulation;
  private final Random random;
  private final long[] isolatedUntil;
  private final long[][] cutUntil;
  private long stormUntil;

  /** Of a hundred messages in a storm. */
  private int lost;

  /** By the sender's seat. */
  private final Map<Integer, Traffic> traffic = new HashMap<>();

  private boolean metered;

  /** What one node has sent. */
  record Traffic(long messages, long bytes) {

    static final Traffic NONE = new Traffic(0, 0);

    Traffic minus(Traffic before) {
      return new Traffic(messages - before.messages, bytes - before.bytes);
    }
  }

  SimulatedNetwork(Simulation simulation, int nodes) {
    this.simulation = simulation;
    this.random = simulation.random();
    this.isolatedUntil = new long[nodes];
    this.cutUntil = new long[nodes][nodes];
  }

  /** From now on what nodes send is counted. */
  void meter() {
    metered = true;
  }

  Traffic sentBy(int seat) {
    return traffic.getOrDefault(seat, Traffic.NONE);
  }

  void isolate(int seat, long until) {
    isolatedUntil[seat] = Math.max(isolatedUntil[seat], until);
  }

  boolean isIsolated(int seat) {
    return isolatedUntil[seat] > simulation.now();
  }

  void cut(int from, int to, long until) {
    cutUntil[from][to] = until;
  }

  void storm(long until) {
    stormUntil = Math.max(stormUntil, until);
    lost = 10 + random.nextInt(50);
  }

  /** Those that are frozen get later what has come meanwhile. */
  boolean reaches(int from, int to) {
    return !isIsolated(from) && !isIsolated(to) && cutUntil[from][to] <= simulation.now();
  }

  Consumer<Wire> link(int from, int to) {
    return message -> {
      if (metered) {
        Traffic before = sentBy(from);
        traffic.put(
            from, new Traffic(before.messages + 1, before.bytes + Wire.toBytes(message).length));
      }
      boolean storm = stormUntil > simulation.now();
      if (!reaches(from, to) || random.nextInt(100) < (storm ? lost : 0)) {
        return;
      }
      int copies = random.nextInt(100) < (storm ? 20 : 1) ? 2 : 1;
      for (int i = 0; i < copies; i++) {
        simulation.at(null, delay(storm), () -> arrive(from, to, message));
      }
    };
  }

  private void arrive(int from, int to, Wire message) {
    SimulatedNode node = simulation.node(to);
    if (reaches(from, to) && !node.isDead()) {
      simulation.at(node, 0, () -> node.receive(message));
    }
  }

  private long delay(boolean storm) {
    long usual = random.nextLong(50_000, 1_000_000);
    boolean late = random.nextInt(100) < (storm ? 20 : 2);
    return late ? usual + random.nextLong((storm ? 2_000 : 300) * MILLI) : usual;
  }
}
