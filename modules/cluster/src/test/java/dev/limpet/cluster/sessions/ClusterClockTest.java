package dev.limpet.cluster.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ClusterClockTest {

  private long wall = 1_000_000;
  private long nanos = -5_000_000;
  private final ClusterClock clock = new ClusterClock(() -> wall, () -> nanos);

  @Test
  void aWallClockThatJumpsChangesNothing() {
    long before = clock.millis();
    wall += 600_000;
    assertThat(clock.millis()).isEqualTo(before);
    nanos += 3_000_000;
    assertThat(clock.millis()).isEqualTo(before + 3);
  }

  @Test
  void aNewNodeTakesTheOthersTimeAndASettledOneOnlyRunsToCatchUp() {
    clock.adopt(400_000);
    assertThat(clock.millis()).isEqualTo(400_000);
    clock.adopt(300_000);
    assertThat(clock.millis()).isEqualTo(400_000);
    clock.adopt(400_005);
    assertThat(clock.millis()).isEqualTo(400_005);
  }

  @Test
  void nodesThatStartAtOnceAgreeOnTheLatestTimeUntilThereIsOneThatIsTheClusters() {
    clock.meet(1_300_000);
    assertThat(clock.millis()).isEqualTo(1_300_000);
    clock.meet(1_200_000);
    assertThat(clock.millis()).isEqualTo(1_300_000);
    clock.adopt(100_000);
    assertThat(clock.millis()).isEqualTo(100_000);
    clock.meet(1_300_000);
    assertThat(clock.millis()).isEqualTo(100_000);
  }

  @Test
  void anotherLifeGoesOnFromTheTimeOfTheOneBefore() {
    clock.resume(700_000, 690_000);
    assertThat(clock.millis()).as("310 s later").isEqualTo(1_010_000);
    clock.resume(600_000, 1_000_000);
    assertThat(clock.millis()).as("an older file").isEqualTo(1_010_000);
    clock.resume(1_020_000, 1_000_000);
    assertThat(clock.millis()).isEqualTo(1_020_000);
    clock.adopt(900_000);
    assertThat(clock.millis()).as("the cluster has gone on without this node").isEqualTo(900_000);
    clock.resume(1_500_000, 1_000_000);
    assertThat(clock.millis()).isEqualTo(900_000);
  }

  @Test
  void aWallClockThatHasGoneBackOrWasWrongDoesNotTellHowLongItWas() {
    clock.resume(5_000_000, 4_000_000);
    assertThat(clock.millis()).as("it has gone back since").isEqualTo(5_000_000);
    ClusterClock other = new ClusterClock(() -> wall, () -> nanos);
    wall = 1_800_000_000_000L;
    other.resume(1_800_000_000_000L - 600_000, 0);
    assertThat(other.millis()).as("it had begun in 1970").isEqualTo(1_800_000_000_000L - 600_000);
  }

  @Test
  void aVersionIsAboveEveryOneThatWasSeenBefore() {
    long first = clock.next();
    clock.adopt(1);
    long second = clock.next();
    clock.observe(second + 1_000_000);
    assertThat(second).isGreaterThan(first);
    assertThat(clock.next()).isGreaterThan(second + 1_000_000);
  }
}
