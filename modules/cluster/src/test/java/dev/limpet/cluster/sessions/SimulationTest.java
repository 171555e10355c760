package dev.limpet.cluster.sessions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongFunction;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/**
 * The session protocol under faults of all kinds, thousands of times: see docs/internals.md, "The
 * session protocol, simulated". {@code -Dlimpet.simulation.runs=40000} runs more of them, {@code
 * -Dlimpet.simulation.seed=17} or {@code -Dlimpet.simulation.changing=17} one, with all that
 * happens in it. What it finds of mutants, and how soon, is in that section.
 */
class SimulationTest {

  private static final int RUNS = Integer.getInteger("limpet.simulation.runs", 4_000);
  private static final long FIRST = Long.getLong("limpet.simulation.first", 1);
  private static final @Nullable Long SEED = Long.getLong("limpet.simulation.seed");
  private static final @Nullable Long CHANGING = Long.getLong("limpet.simulation.changing");

  private final List<Logger> logs =
      List.of(
          (Logger) LoggerFactory.getLogger(Replication.class),
          (Logger) LoggerFactory.getLogger(Elections.class));

  @BeforeEach
  void majoritiesAreLostWithoutAWord() {
    if (SEED != null || CHANGING != null) {
      return;
    }
    logs.forEach(log -> log.setLevel(Level.OFF));
  }

  @AfterEach
  void andElsewhereWithOne() {
    logs.forEach(log -> log.setLevel(null));
  }

  @Test
  void whatAClientWasToldIsWhatTheNextNodeSays() {
    check(SEED, SimulatedPlan::of);
  }

  /** Nodes come and go, and with them those whose votes count. */
  @Test
  void soItIsWhoeverVotes() {
    check(CHANGING, SimulatedPlan::changing);
  }

  private static void check(@Nullable Long seed, LongFunction<SimulatedPlan> plans) {
    if (seed != null) {
      assertThat(new Simulation(plans.apply(seed), true).run()).isNull();
      return;
    }
    long begun = System.nanoTime();
    LongAdder runs = new LongAdder();
    LongAdder events = new LongAdder();
    LongAdder answers = new LongAdder();
    OptionalLong failing =
        LongStream.range(FIRST, FIRST + RUNS)
            .parallel()
            .filter(one -> breaks(plans.apply(one), runs, events, answers))
            .findAny();
    double seconds = (System.nanoTime() - begun) / 1e9;
    System.out.printf(
        "simulation: %d runs, %.0f a second, %d answers and %d events checked%n",
        runs.sum(), runs.sum() / seconds, answers.sum(), events.sum());
    failing.ifPresent(one -> explain(plans.apply(one)));
    assertThat(answers.sum()).isGreaterThan(20L * RUNS);
  }

  @Test
  void aSeedIsAllThereIsToARun() {
    Simulation one = new Simulation(SimulatedPlan.of(7), false);
    Simulation same = new Simulation(SimulatedPlan.of(7), false);
    assertThat(one.run()).isEqualTo(same.run());
    assertThat(one.eventCount()).isEqualTo(same.eventCount()).isGreaterThan(1_000);
  }

  /** One for each mutant in docs/internals.md. */
  @ParameterizedTest
  @ValueSource(
      longs = {23, 364, 690, 1318, 1715, 1842, 2784, 3828, 4450, 11471, 17026, 19899, 34897})
  void norDoesWhatHasFailedWhereVotersChange(long seed) {
    assertThat(new Simulation(SimulatedPlan.changing(seed), false).run()).isNull();
  }

  @ParameterizedTest
  @ValueSource(longs = {26, 45, 129, 148, 1106, 1502, 3111, 4399, 17829, 40063, 40433})
  void whatHasFailedBeforeDoesNotAgain(long seed) {
    assertThat(new Simulation(SimulatedPlan.of(seed), false).run()).isNull();
  }

  private static boolean breaks(
      SimulatedPlan plan, LongAdder runs, LongAdder events, LongAdder answers) {
    Simulation simulation = new Simulation(plan, false);
    boolean broken = simulation.run() != null;
    runs.increment();
    events.add(simulation.eventCount());
    answers.add(simulation.answerCount());
    return broken;
  }

  /** What is left of a failing run when all is left out that it does not need to fail. */
  private static void explain(SimulatedPlan plan) {
    long seed = plan.seed();
    String broken = new Simulation(plan, false).run();
    SimulatedPlan least = shrunk(plan);
    StringBuilder steps = new StringBuilder();
    least.steps().forEach(step -> steps.append("\n  ").append(step));
    System.out.printf("seed %d: %s%nIt takes no more than:%s%n", seed, broken, steps);
    String left = new Simulation(least, true).run();
    fail(
        "seed %d: %s%n%d of its %d steps do it:%s%n%s",
        seed, broken, least.steps().size(), plan.steps().size(), steps, left);
  }

  private static SimulatedPlan shrunk(SimulatedPlan plan) {
    SimulatedPlan least = plan;
    for (int size = plan.steps().size() / 2; size > 0; size /= 2) {
      for (int from = 0; from < least.steps().size(); ) {
        SimulatedPlan fewer = least.without(from, Math.min(from + size, least.steps().size()));
        if (new Simulation(fewer, false).run() != null) {
          least = fewer;
        } else {
          from += size;
        }
      }
    }
    return least;
  }
}
