package dev.limpet.e2e.affinity.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What breaks P4: requests that are not answered though a backend could have served them. */
class ServingTest extends HandMadeHistory {

  @Test
  void aFailedRequestThatABackendCouldHaveServedBreaksP4() {
    fails(1, "n1", 503);
    assertThat(labels()).containsExactly("P4");
  }

  @Test
  void aRefusedConnectionBreaksP4() {
    op(1, 1.1, "n1", null, null);
    assertThat(labels()).containsExactly("P4");
  }

  @Test
  void aNodeThatIsNotReadyHasToServe() {
    notReady.put("n1", span(0, 9, ""));
    fails(1, "n1", 503);
    assertThat(labels()).containsExactly("P4");
  }

  @Test
  void aDeadNodeNeedNotServe() {
    off.put("n1", List.of(span(0, 9, "kill -9")));
    op(1, 1.1, "n1", null, "t");
    assertThat(labels()).isEmpty();
  }

  @Test
  void withoutAnyBackendNothingCanBeServed() {
    down(0, 9, "a");
    down(0, 9, "b");
    down(0, 9, "c");
    fails(5, "n1", 503);
    assertThat(labels()).isEmpty();
  }

  @Test
  void aRequestMayFailWithTheBackendThatItIsAt() {
    begins(1, "n1", "a");
    down(2, 9, "a");
    op(1.9, 2.1, "n1", null, "t");
    assertThat(labels()).isEmpty();
  }

  @Test
  void aRequestMayNotFailBecauseItsBackendHasDiedBefore() {
    begins(1, "n1", "a");
    down(2, 9, "a");
    fails(3, "n1", 503);
    assertThat(labels()).containsExactly("P4");
  }

  @Test
  void aRequestMayHangAtABackendThatNobodyKnowsIsDead() {
    begins(1, "n1", "a");
    silent(2, 30, "a");
    late(8.5, 18.5, "t");
    assertThat(labels()).isEmpty();
    late(9.5, 19.5, "t");
    assertThat(labels()).containsExactly("P4");
  }

  @Test
  void aRequestMayWaitInVainAtABackendThatIsPaused() {
    begins(1, "n1", "a");
    silent(2, 6.5, "a");
    late(3, 6, "t");
    op(3, 6, "n1", null, "t");
    assertThat(labels()).containsExactly("P4");
  }

  @Test
  void aClientThatHasNoSessionNeedNotWaitForABackendThatIsKnownToBeSilent() {
    silent(2, 30, "a");
    late(3.5, 13.5, null);
    assertThat(labels()).isEmpty();
    late(4.5, 14.5, null);
    assertThat(labels()).containsExactly("P4");
  }

  @Test
  void aNodeThatIsNotReadyTakesAClientForNewAndMaySendItToABackendThatIsSilent() {
    begins(1, "n2", "a");
    notReady.put("n1", span(1.5, 20, ""));
    silent(2, 30, "b");
    late(3.5, 13.5, "t");
    assertThat(labels()).isEmpty();
    late(4.5, 14.5, "t");
    assertThat(labels()).containsExactly("P4");
  }

  @Test
  void aClientOfANodeThatWasNotReadyMayWaitWhereItHasBeen() {
    notReady.put("n2", span(0, 1.9, ""));
    begins(1, "n2", "a");
    silent(2, 30, "a");
    late(8.5, 18.5, "t");
    assertThat(labels()).isEmpty();
    late(9.5, 19.5, "t");
    assertThat(labels()).containsExactly("P4");
  }

  @Test
  void anotherBackendsPauseIsNoExcuse() {
    begins(1, "n1", "a");
    silent(0, 0.5, "a");
    silent(2, 6.5, "b");
    late(3, 6, "t");
    assertThat(labels()).containsExactly("P4");
  }

  @Test
  void anotherBackendsDeathIsNoExcuse() {
    begins(1, "n1", "a");
    down(2, 9, "b");
    op(1.9, 2.1, "n1", null, "t");
    assertThat(labels()).containsExactly("P4");
  }
}
