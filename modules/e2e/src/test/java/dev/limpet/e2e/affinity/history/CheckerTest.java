package dev.limpet.e2e.affinity.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What breaks the promises about where sessions are, P1 to P3, and what only looks like it. */
class CheckerTest extends HandMadeHistory {

  @Test
  void aSessionThatStaysKeepsAllPromises() {
    begins(1, "n1", "a");
    lands(2, "n2", "a");
    lands(3, "n3", "a");
    assertThat(labels()).isEmpty();
  }

  @Test
  void aSessionThatLeavesALivingBackendBreaksP1() {
    begins(1, "n1", "a");
    lands(2, "n2", "b");
    assertThat(labels()).containsExactly("P1");
  }

  @Test
  void aViolationIsCountedOnce() {
    begins(1, "n1", "a");
    lands(2, "n2", "b");
    lands(3, "n1", "b");
    lands(4, "n3", "b");
    assertThat(labels()).containsExactly("P1");
  }

  @Test
  void aMillisecondLaterAtAnotherNodeIsLater() {
    begins(1, "n1", "a");
    op(1.101, 1.2, "n2", "b", "t");
    assertThat(labels()).containsExactly("P1");
  }

  @Test
  void requestsThatOverlapMayBeServedInEitherOrder() {
    begins(1, "n1", "a");
    down(2, 9, "a");
    op(3, 4, "n1", "b", "t");
    op(3.5, 4.5, "n2", "c", "t");
    lands(5, "n3", "c");
    assertThat(labels()).isEmpty();
  }

  @Test
  void requestsThatOverlapMustAgreeInTheEnd() {
    begins(1, "n1", "a");
    down(2, 9, "a");
    op(3, 4, "n1", "b", "t");
    op(3.5, 4.5, "n2", "c", "t");
    lands(5, "n3", "c");
    lands(6, "n1", "b");
    assertThat(labels()).containsExactly("P2");
  }

  @Test
  void overlappingDoesNotExcuseLeavingALivingBackend() {
    begins(1, "n1", "a");
    op(3, 4, "n1", "b", "t");
    op(3, 4, "n2", "b", "t");
    assertThat(labels()).containsExactly("P1", "P1");
  }

  @Test
  void aSessionMovesWhenItsBackendIsDown() {
    begins(1, "n1", "a");
    down(2, 9, "a");
    lands(3, "n2", "b");
    lands(4, "n1", "b");
    lands(20, "n3", "b");
    assertThat(labels()).isEmpty();
  }

  @Test
  void aSessionMayMoveWhileNodesHaveNotNoticedThatItsBackendIsBack() {
    begins(1, "n1", "a");
    down(2, 4, "a");
    lands(5.5, "n2", "b");
    assertThat(labels()).isEmpty();
  }

  @Test
  void aBackendThatHasLongBeenBackIsNoReasonToLeaveIt() {
    begins(1, "n1", "a");
    down(2, 4, "a");
    lands(6.5, "n2", "a");
    lands(7, "n2", "b");
    assertThat(labels()).containsExactly("P1");
  }

  @Test
  void aPauseIsNoReasonToLeave() {
    begins(1, "n1", "a");
    silent(2, 6.5, "a");
    lands(6, "n2", "b");
    lands(7, "n2", "b");
    assertThat(labels()).containsExactly("P1");
  }

  @Test
  void afterAPauseASessionIsWhereItWas() {
    begins(1, "n1", "a");
    silent(2, 6.5, "a");
    op(3, 6.6, "n2", "a", "t");
    lands(7, "n1", "b");
    assertThat(labels()).containsExactly("P1");
  }

  @Test
  void aSessionMovesOnceWhenItsBackendIsFrozenForTooLong() {
    begins(1, "n1", "a");
    silent(2, 20, "a");
    op(3, 7.5, "n2", "b", "t");
    lands(30, "n1", "b");
    lands(31, "n3", "a");
    assertThat(labels()).containsExactly("P2");
  }

  @Test
  void aFreezeIsNoReasonToLeaveBeforeItHasLastedForLongEnough() {
    begins(1, "n1", "a");
    silent(2, 20, "a");
    op(3, 6.5, "n2", "b", "t");
    assertThat(labels()).containsExactly("P1");
  }

  @Test
  void twoNodesThatChooseTwoNewBackendsBreakP2() {
    begins(1, "n1", "a");
    down(2, 9, "a");
    lands(3, "n1", "b");
    lands(4, "n2", "c");
    assertThat(labels()).containsExactly("P2");
  }

  @Test
  void aSessionThatGoesBackByItselfBreaksP2() {
    begins(1, "n1", "a");
    down(2, 9, "a");
    lands(3, "n1", "b");
    lands(20, "n2", "a");
    assertThat(labels()).containsExactly("P2");
  }

  @Test
  void aSecondDeathIsAReasonForASecondMove() {
    begins(1, "n1", "a");
    down(2, 9, "a");
    lands(3, "n1", "b");
    down(20, 30, "b");
    lands(21, "n2", "a");
    assertThat(labels()).isEmpty();
  }

  @Test
  void whileNodesSufferItIsP3() {
    begins(1, "n1", "a");
    nodeFaults.add(span(0, 0.5, "freeze of n3"));
    lands(2, "n2", "b");
    assertThat(labels()).containsExactly("P3");
  }

  @Test
  void afterNodesHaveRecoveredItIsNotP3() {
    nodeFaults.add(span(0, 0.5, "freeze of n3"));
    begins(11, "n1", "a");
    lands(12, "n2", "b");
    assertThat(labels()).containsExactly("P1");
  }

  @Test
  void aNodeThatIsNotReadyMayPlaceASessionAgain() {
    notReady.put("n2", span(2, 4, ""));
    begins(1, "n1", "a");
    lands(3, "n2", "b");
    lands(5, "n1", "b");
    assertThat(labels()).isEmpty();
  }

  @Test
  void whatANodeThatIsNotReadyHasDoneNeedNotLast() {
    notReady.put("n2", span(2, 4, ""));
    begins(1, "n1", "a");
    lands(3, "n2", "b");
    lands(5, "n1", "a");
    lands(6, "n2", "b");
    assertThat(labels()).containsExactly("P2");
  }

  @Test
  void aFrozenNodeIsNotReady() {
    off.put("n2", List.of(span(2, 4, "freeze")));
    begins(1, "n1", "a");
    op(1.9, 4.2, "n2", "b", "t");
    assertThat(labels()).isEmpty();
  }

  @Test
  void aClientThatShowsNothingIsNew() {
    begins(1, "n1", "a");
    op(2, 2.1, "n2", "b", null);
    assertThat(labels()).isEmpty();
  }

  @Test
  void aSessionWhoseTimeHasPassedIsNew() {
    begins(1, "n1", "a");
    lands(3_700, "n2", "b");
    assertThat(labels()).isEmpty();
  }

  @Test
  void aNodeThatEndsByItselfIsReported() {
    ended.add(span(5, 5, "n1 ended with 1"));
    assertThat(labels()).containsExactly("node ended by itself");
  }

  @Test
  void theStoryHasTheSessionsRequestsAndWhatWasDoneMeanwhile() {
    begins(1, "n1", "a");
    nodeFaults.add(span(0.5, 1.5, "freeze of n3"));
    down(40, 41, "c");
    lands(2, "n2", "b");
    lands(3, "n2", "b");
    History history = history();
    Violation violation = new Checker(history, LIMITS).check().getFirst();
    assertThat(String.join("\n", new Story(history).of(violation)))
        .isEqualTo(
            """
            P3: s was at a, which was alive all the time, and landed at b
                 0.500  ** freeze of n3
                 1.000     s at n1 (ready), 100 ms: 200 from a, new client, told t
                 1.500  ** over: freeze of n3
                 2.000  => s at n2 (ready), 100 ms: 200 from b, showed t""");
  }
}
