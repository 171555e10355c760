package dev.limpet.transport.limits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.transport.limits.MemoryBudget.Level;
import org.junit.jupiter.api.Test;

class MemoryBudgetTest {

  private static final long MEGABYTE = 1 << 20;

  private final MemoryBudget budget = new MemoryBudget(100 * MEGABYTE, 2);
  private final LoopMemory one = budget.ofLoop(0);
  private final LoopMemory other = budget.ofLoop(1);

  @Test
  void whatIsDoneWithoutGrowsWithWhatIsHeld() {
    LoopMemory.Charge here = one.charge();
    LoopMemory.Charge there = other.charge();
    here.set(40 * MEGABYTE);
    assertThat(budget.level()).isEqualTo(Level.CALM);
    there.set(41 * MEGABYTE);
    assertThat(budget.level()).isEqualTo(Level.CLOSE_IDLE);
    there.set(51 * MEGABYTE);
    assertThat(budget.level()).isEqualTo(Level.REFUSE);
    here.add(10 * MEGABYTE);
    assertThat(budget.level()).isEqualTo(Level.SLOW);
    assertThat(budget.isAtLeast(Level.REFUSE)).isTrue();
    here.set(0);
    assertThat(budget.level()).isEqualTo(Level.CALM);
    assertThat(budget.held()).isEqualTo(51 * MEGABYTE);
  }

  @Test
  void manySmallChangesCountToWithinAHundredth() {
    for (int i = 0; i < 60_000; i++) {
      one.charge().set(1024);
    }
    assertThat(budget.held()).isBetween(60_000 * 1024 - MEGABYTE, 60_000 * 1024L);
  }

  @Test
  void whatHasBeenGivenBackIsNotHeld() {
    LoopMemory.Charge charge = one.charge();
    charge.set(700);
    charge.set(200);
    charge.add(-200);
    assertThat(charge.bytes()).isZero();
    assertThat(budget.held()).isZero();
  }

  @Test
  void thereIsALimitWhereNoneIsSet() {
    assertThat(new MemoryBudget(0, 1).limit())
        .isBetween(MEGABYTE, Runtime.getRuntime().maxMemory() / 2);
  }
}
