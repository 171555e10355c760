package dev.limpet.cluster.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.cluster.sessions.Replica.Quorum;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MajorityTest {

  private static final Optional<Duration> PATIENCE = Optional.of(Duration.ofSeconds(30));

  private final Majority majority = new Majority(0);

  @Test
  void aLostOneIsWaitedForBecauseItMayBeElsewhere() {
    majority.is(Quorum.THERE, 0);
    majority.is(Quorum.LOST, 1);
    assertThat(majority.isGivenUp(PATIENCE, 2)).isFalse();
    assertThat(majority.isGivenUp(PATIENCE, 1 + Duration.ofSeconds(30).toNanos())).isTrue();
  }

  @Test
  void oneThatIsNowhereIsNotWaitedFor() {
    majority.is(Quorum.THERE, 0);
    majority.is(Quorum.UNSYNCED, 1);
    assertThat(majority.isGivenUp(PATIENCE, 2)).isTrue();
    assertThat(majority.isGivenUp(Optional.empty(), 2)).as("where nobody may give up").isFalse();

    majority.is(Quorum.THERE, 3);
    assertThat(majority.isGivenUp(PATIENCE, 4)).isFalse();
  }

  /** All nodes start at once: soon there is a majority. */
  @Test
  void aNodeThatStartsWaitsForThoseThatDoNotHoldTheTableYet() {
    majority.is(Quorum.UNSYNCED, 1);
    assertThat(majority.isGivenUp(PATIENCE, 2)).isFalse();
  }
}
