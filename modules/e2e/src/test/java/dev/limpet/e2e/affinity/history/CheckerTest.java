package dev.limpet.e2e.affinity.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Histories made by hand: what breaks each promise, and what only looks like it. Times are seconds.
 */
class CheckerTest {

  private static final Limits LIMITS =
      new Limits(seconds(5), seconds(2), seconds(0.5), seconds(10), seconds(3_600));

  private final List<Op> ops = new ArrayList<>();
  private final Map<String, List<Span>> off = new HashMap<>();
  private final Map<String, Span> notReady = new HashMap<>();
  private final List<Outage> outages = new ArrayList<>();
  private final List<Span> nodeFaults = new ArrayList<>();
  private final List<Span> ended = new ArrayList<>();

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

  private void begins(double at, String node, String backend) {
    ops.add(new Op("s", node, seconds(at), seconds(at + 0.1), null, "t", 200, backend, ""));
  }

  private void lands(double at, String node, String backend) {
    op(at, at + 0.1, node, backend, "t");
  }

  private void fails(double at, String node, int status) {
    ops.add(new Op("s", node, seconds(at), seconds(at + 0.1), "t", null, status, null, ""));
  }

  /**
   * @param backend null: the client got no answer
   */
  private void op(
      double sent,
      double received,
      String node,
      @Nullable String backend,
      @Nullable String carried) {
    ops.add(
        new Op(
            "s",
            node,
            seconds(sent),
            seconds(received),
            carried,
            null,
            backend == null ? 0 : 200,
            backend,
            backend == null ? "no answer" : ""));
  }

  private void late(double sent, double received, @Nullable String carried) {
    ops.add(new Op("s", "n1", seconds(sent), seconds(received), carried, null, 0, null, Op.LATE));
  }

  /** Takes connections and does not answer. */
  private void silent(double from, double until, String backend) {
    outages.add(new Outage(backend, span(from, until, backend + " is silent"), true));
  }

  private void down(double from, double until, String backend) {
    outages.add(new Outage(backend, span(from, until, "kill -9 of " + backend), false));
  }

  private List<String> labels() {
    return new Checker(history(), LIMITS).check().stream().map(Violation::label).toList();
  }

  private History history() {
    Map<String, NodeLife> nodes = new HashMap<>();
    for (String node : List.of("n1", "n2", "n3")) {
      nodes.put(node, new NodeLife(polls(notReady.get(node)), off.getOrDefault(node, List.of())));
    }
    return new History(ops, nodes, Set.of("a", "b", "c"), outages, nodeFaults, ended);
  }

  /** Ten a second for a while, and then few. */
  private static List<Poll> polls(@Nullable Span notReady) {
    List<Poll> polls = new ArrayList<>();
    for (double at = 0; at < 10_000; at += at < 100 ? 0.1 : 1_000) {
      boolean ready = notReady == null || !notReady.overlaps(seconds(at), seconds(at));
      polls.add(new Poll(seconds(at), seconds(at + 0.01), true, ready));
    }
    return polls;
  }

  private static Span span(double from, double until, String what) {
    return new Span(seconds(from), seconds(until), what);
  }

  private static long seconds(double seconds) {
    return Math.round(seconds * TimeUnit.SECONDS.toNanos(1));
  }
}
