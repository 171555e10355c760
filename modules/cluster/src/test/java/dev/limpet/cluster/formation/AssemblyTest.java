package dev.limpet.cluster.formation;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * The rules by which nodes become one cluster under faults of all kinds. {@code
 * -Dlimpet.formation.runs=100000} runs more of them, {@code -Dlimpet.formation.seed=17} one.
 */
class AssemblyTest {

  private static final int RUNS = Integer.getInteger("limpet.formation.runs", 400);
  private static final @Nullable Long SEED = Long.getLong("limpet.formation.seed");

  private final Logger log = (Logger) LoggerFactory.getLogger(Formation.class);

  @BeforeEach
  void namesakesAreMetWithoutAWord() {
    log.setLevel(Level.OFF);
  }

  @AfterEach
  void andElsewhereWithOne() {
    log.setLevel(null);
  }

  @Test
  void whateverDnsSaysAndWhoeverStandsStillThereIsOneCluster() {
    LongStream seeds = SEED == null ? LongStream.rangeClosed(1, RUNS) : LongStream.of(SEED);
    assertThat(
            seeds
                .parallel()
                .mapToObj(seed -> new SimulatedAssembly(SimulatedAssembly.Plan.of(seed)).run())
                .filter(broken -> broken != null)
                .limit(3)
                .toList())
        .isEmpty();
  }
}
