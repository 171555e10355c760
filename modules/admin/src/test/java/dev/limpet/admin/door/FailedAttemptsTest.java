package dev.limpet.admin.door;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class FailedAttemptsTest {

  private final AtomicLong now = new AtomicLong(-5);
  private final Queue<Runnable> answers = new ArrayDeque<>();
  private final FailedAttempts attempts =
      new FailedAttempts(now::get, (hold, answered) -> answers.add(answered));

  @Test
  void eachFurtherOneWaitsTwiceAsLong() {
    List<Long> holds = new ArrayList<>();
    for (int i = 0; i < 11; i++) {
      holds.add(attempts.failed(address("10.0.0.1")).toMillis());
    }
    assertThat(holds)
        .containsExactly(0L, 0L, 0L, 100L, 200L, 400L, 800L, 1600L, 3200L, 5000L, 5000L);
    assertThat(attempts.failed(address("10.0.0.2"))).isZero();
  }

  @Test
  void fiveMinutesOfQuietAreForgiven() {
    fail("10.0.0.1", 10);
    now.addAndGet(Duration.ofMinutes(4).toNanos());
    assertThat(attempts.failed(address("10.0.0.1"))).isEqualTo(FailedAttempts.LONGEST_HOLD);
    now.addAndGet(Duration.ofMinutes(6).toNanos());
    assertThat(attempts.failed(address("10.0.0.1"))).isZero();
  }

  @Test
  void nothingIsComparedWhileEightAnswersWait() {
    fail("10.0.0.1", 3 + 7);
    assertThat(attempts.isExhausted(address("10.0.0.1"))).isFalse();
    fail("10.0.0.1", 1);
    assertThat(attempts.isExhausted(address("10.0.0.1"))).isTrue();
    assertThat(attempts.isExhausted(address("10.0.0.2"))).isFalse();
    answers.remove().run();
    assertThat(attempts.isExhausted(address("10.0.0.1"))).isFalse();
  }

  @Test
  void anIpv6AddressIsAllOfItsNetwork() {
    for (int i = 1; i <= 20; i++) {
      attempts.failed(address("2001:db8::" + i));
    }
    assertThat(attempts.isExhausted(address("2001:db8::ffff:1"))).isTrue();
    assertThat(attempts.isExhausted(address("2001:db8:0:1::1"))).isFalse();
  }

  @Test
  void manyAddressesTogetherWaitFromTheFirstOneOn() {
    for (int i = 0; i < 100; i++) {
      assertThat(attempts.failed(address("10.0.1." + i))).isZero();
    }
    assertThat(attempts.failed(address("10.0.2.1"))).isEqualTo(Duration.ofSeconds(1));
    now.addAndGet(Duration.ofMinutes(2).toNanos());
    assertThat(attempts.failed(address("10.0.2.2"))).isZero();
  }

  private void fail(String from, int times) {
    for (int i = 0; i < times; i++) {
      attempts.failed(address(from));
    }
  }

  private static InetAddress address(String literal) {
    try {
      return InetAddress.getByName(literal);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
