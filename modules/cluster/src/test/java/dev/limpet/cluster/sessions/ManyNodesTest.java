package dev.limpet.cluster.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.SessionKey;
import dev.limpet.model.state.SplitMix64;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** What it costs that there are more nodes, in messages of the session protocol. */
class ManyNodesTest {

  private static final long SECOND = 1_000 * SimulatedPlan.MILLI;
  private static final int SECONDS = 20;
  private static final int PLACEMENTS = 1_000;

  /**
   * @param latencies of placements, in order, in nanoseconds; a message takes 0.05 to 1 ms
   */
  @SuppressWarnings("ArrayRecordComponent") // Nobody compares them.
  private record Cost(double[] idle, double[] idleBytes, double[] busy, long[] latencies) {

    double voter() {
      return idle[0];
    }

    double learner() {
      return idle[idle.length - 1];
    }

    /** Messages of all nodes for one placement. */
    double aPlacement() {
      return (Arrays.stream(busy).sum() - Arrays.stream(idle).sum()) * SECONDS / PLACEMENTS;
    }

    @Override
    public String toString() {
      return String.format(
          "%2d nodes: idle a voter sends %.0f messages/s, %.1f KB/s; the last node %.0f, %.1f KB/s; %.1f"
              + " messages a placement; placed in %.2f ms (median), %.2f ms (p99)",
          idle.length,
          voter(),
          idleBytes[0] / 1e3,
          learner(),
          idleBytes[idle.length - 1] / 1e3,
          aPlacement(),
          latencies[latencies.length / 2] / 1e6,
          latencies[latencies.length * 99 / 100] / 1e6);
    }
  }

  @Test
  void aNodeThatDoesNotVoteCostsAPlacementNothing() {
    Cost three = cost(3);
    Cost nine = cost(9);
    Cost thirty = cost(30);
    System.out.println(three + "\n" + nine + "\n" + thirty);
    // It sends to the voters, however many other nodes there are.
    assertThat(thirty.learner()).isCloseTo(nine.learner(), within(1));
    // A voter sends each node a heartbeat for each of the node's.
    assertThat(thirty.voter()).isLessThan(30 * 4.5);
    assertThat(median(thirty)).isLessThan(2 * median(three));
  }

  private static Offset<Double> within(double messages) {
    return Offset.offset(messages);
  }

  private static long median(Cost cost) {
    return cost.latencies[cost.latencies.length / 2];
  }

  private static Cost cost(int nodes) {
    Simulation simulation = new Simulation(SimulatedPlan.quiet(nodes), false);
    simulation.begin();
    simulation.runUntil(30 * SECOND);
    assertThat(simulation.living()).hasSize(nodes).allMatch(SimulatedNode::isReady);
    simulation.network().meter();
    SimulatedNetwork.Traffic[] idle = run(simulation);
    long[] latencies = new long[PLACEMENTS];
    for (int i = 0; i < PLACEMENTS; i++) {
      place(simulation, i, latencies);
    }
    SimulatedNetwork.Traffic[] busy = run(simulation);
    Arrays.sort(latencies);
    assertThat(latencies[0]).isPositive();
    return new Cost(
        Arrays.stream(idle).mapToDouble(one -> (double) one.messages() / SECONDS).toArray(),
        Arrays.stream(idle).mapToDouble(one -> (double) one.bytes() / SECONDS).toArray(),
        Arrays.stream(busy).mapToDouble(one -> (double) one.messages() / SECONDS).toArray(),
        latencies);
  }

  /** A node learns of a new session, at some time of the next seconds. */
  private static void place(Simulation simulation, int number, long[] latencies) {
    long at = (SECONDS - 1) * SECOND * number / PLACEMENTS;
    SimulatedNode node = simulation.node(number % simulation.nodeCount());
    simulation.at(
        node,
        at,
        () -> {
          long asked = simulation.now();
          SessionKey key = new SessionKey(SplitMix64.mix(number + 1_000L), number);
          node.sessions()
              .bind(key, 1, Duration.ofHours(1), Settings.Replicate.QUORUM)
              .thenAccept(placement -> latencies[number] = simulation.now() - asked);
        });
  }

  private static SimulatedNetwork.Traffic[] run(Simulation simulation) {
    SimulatedNetwork.Traffic[] before = sent(simulation);
    simulation.runUntil(simulation.now() + SECONDS * SECOND);
    SimulatedNetwork.Traffic[] after = sent(simulation);
    return IntStream.range(0, before.length)
        .mapToObj(seat -> after[seat].minus(before[seat]))
        .toArray(SimulatedNetwork.Traffic[]::new);
  }

  private static SimulatedNetwork.Traffic[] sent(Simulation simulation) {
    return IntStream.range(0, simulation.nodeCount())
        .mapToObj(simulation.network()::sentBy)
        .toArray(SimulatedNetwork.Traffic[]::new);
  }
}
