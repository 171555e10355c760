package dev.limpet.cluster.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.model.state.Placement;
import dev.limpet.model.state.SessionKey;
import org.junit.jupiter.api.Test;

class AcceptorTest {

  private static final SessionKey KEY = new SessionKey(1, 2);
  private static final long[] KEYS = {1, 2};
  private static final long FOREVER = Long.MAX_VALUE / 2;

  private final SessionStore store = new SessionStore(1_000);
  private final Acceptor acceptor = new Acceptor(store);

  @Test
  void aPromiseShutsOutEarlierProposals() {
    assertThat(acceptor.prepare(10, KEYS, 0)).startsWith(Known.NOTHING);
    assertThat(acceptor.prepare(10, KEYS, 0)).startsWith(Known.REFUSED, 0, 10);
    assertThat(acceptor.accept(entry(5, 9), 0)).containsExactly(0);
    assertThat(acceptor.isUndecided(KEY)).isFalse();
    assertThat(acceptor.accept(entry(5, 10), 0)).isEmpty();
  }

  @Test
  void whatWasAcceptedIsToldToLaterProposersAndReaders() {
    acceptor.accept(entry(5, 10), 0);
    assertThat(acceptor.isUndecided(KEY)).isTrue();
    assertThat(acceptor.prepare(0, KEYS, 0)).startsWith(Known.ACCEPTED, 5, 10);
    assertThat(acceptor.prepare(11, KEYS, 0)).startsWith(Known.ACCEPTED, 5, 10);
    int group = SessionStore.bucketOf(KEY) / SessionStore.GROUP_SIZE;
    assertThat(acceptor.undecided(group, group + 1)).isEqualTo(entry(5, 10));
    assertThat(acceptor.undecided(0, group)).isEmpty();
    assertThat(acceptor.undecided(group + 1, SessionStore.GROUPS)).isEmpty();
  }

  @Test
  void whatIsDecidedIsNoLongerInDoubtAndShutsOutEarlierBallots() {
    acceptor.accept(entry(5, 10), 0);
    store.merge(entry(5, 10));
    acceptor.decided(entry(5, 10));
    assertThat(acceptor.isUndecided(KEY)).isFalse();
    assertThat(acceptor.prepare(0, KEYS, 0)).startsWith(Known.DECIDED, 5, 10);
    assertThat(acceptor.prepare(9, KEYS, 0)).startsWith(Known.REFUSED, 0, 10);
    assertThat(acceptor.accept(entry(6, 9), 0)).containsExactly(0);
    assertThat(acceptor.accept(entry(5, 10), 0)).as("a repetition").isEmpty();
  }

  @Test
  void anEarlierDecisionDoesNotEndADoubt() {
    acceptor.accept(entry(5, 10), 0);
    store.merge(entry(4, 8));
    acceptor.decided(entry(4, 8));
    assertThat(acceptor.isUndecided(KEY)).isTrue();
  }

  @Test
  void promisesAreForgottenInTimeAndWhatWasAcceptedIsNot() {
    acceptor.prepare(10, new long[] {3, 4}, 0);
    acceptor.accept(entry(5, 10), 0);
    acceptor.forget(60_000);
    assertThat(acceptor.prepare(1, new long[] {3, 4}, 0)).startsWith(Known.NOTHING);
    assertThat(acceptor.isUndecided(KEY)).isTrue();
  }

  @Test
  void whatStaysInDoubtIsToBeSettledOnceInAWhile() {
    acceptor.accept(entry(5, 10), 0);
    assertThat(acceptor.leftUndecided(4_000)).isEmpty();
    // Other nodes tell of it again and again, as long as it is in doubt.
    acceptor.accept(entry(5, 10), 4_000);
    assertThat(acceptor.leftUndecided(6_000)).containsOnlyKeys(KEY);
    assertThat(acceptor.leftUndecided(6_000)).isEmpty();
    assertThat(acceptor.leftUndecided(12_000)).containsOnlyKeys(KEY);
    acceptor.decided(entry(5, 10));
    assertThat(acceptor.leftUndecided(20_000)).isEmpty();
  }

  private static long[] entry(long backend, long version) {
    return Bucket.entry(KEY, new Placement(backend, version), FOREVER);
  }
}
