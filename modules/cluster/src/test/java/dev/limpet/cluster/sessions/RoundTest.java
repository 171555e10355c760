package dev.limpet.cluster.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.model.state.Placement;
import dev.limpet.model.state.SessionKey;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class RoundTest {

  private static final Wire.Envelope ENVELOPE = new Wire.Envelope(1, 2, 1);

  private final Round round =
      new Round(1, 0, List.of(item()), (envelope, number) -> accept(), true, 0);

  @Test
  void aHolderOfALeaseIsWaitedForUntilItHasHeardOfTheProposal() {
    round.answer(1, true, ack(new long[0], 3));
    round.answer(2, true, ack(new long[0], 3));
    assertThat(round.acceptances(0)).isEqualTo(2);
    assertThat(round.unaware()).containsExactly(3L);
    round.answer(3, false, ack(new long[0]));
    assertThat(round.unaware()).isEmpty();
    assertThat(round.isRefusedByHolder(0)).isFalse();
  }

  @Test
  void aHolderThatRefusesGoesOnSayingWhatHeldBefore() {
    round.answer(1, true, ack(new long[0], 3));
    round.answer(2, true, ack(new long[0], 3));
    round.answer(3, false, ack(new long[] {0}));
    assertThat(round.isRefusedByHolder(0)).isTrue();
  }

  @Test
  void whoHoldsNoLeaseMayRefuse() {
    round.answer(1, true, ack(new long[0], 2));
    round.answer(2, true, ack(new long[0], 1));
    round.answer(3, true, ack(new long[] {0}, 1, 2));
    assertThat(round.isRefusedByHolder(0)).isFalse();
  }

  private static Wire ack(long[] refused, long... leases) {
    return new Wire.Ack(ENVELOPE, 1, true, refused, leases);
  }

  private static Wire accept() {
    return new Wire.Accept(ENVELOPE, 1, new long[0]);
  }

  private static Round.Item item() {
    SessionKey key = new SessionKey(1, 2);
    return new Round.Item(
        new Operation.Bind(key, 1, new Placement(5, 10), new CompletableFuture<>()),
        Bucket.entry(key, new Placement(5, 10), 1));
  }
}
