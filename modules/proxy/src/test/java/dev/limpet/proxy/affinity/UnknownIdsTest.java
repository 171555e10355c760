package dev.limpet.proxy.affinity;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class UnknownIdsTest {

  private static final int LIMIT = 2;

  private final UnknownIds ids = new UnknownIds();

  private int admitted(String address, long seconds) {
    int admitted = 0;
    for (int i = 0; i < 5; i++) {
      admitted += ids.admits(address, seconds, LIMIT) ? 1 : 0;
    }
    return admitted;
  }

  @Test
  void eachAddressHasItsOwnLimitEachMinute() {
    assertThat(admitted("192.0.2.1", 120)).isEqualTo(LIMIT);
    assertThat(admitted("192.0.2.1", 179)).isZero();
    assertThat(admitted("192.0.2.1", 180)).isEqualTo(LIMIT);
    // Another's, unless both share a count, which of a hundred few do.
    int others = 0;
    for (int i = 0; i < 100; i++) {
      others += admitted("198.51.100." + i, 180);
    }
    assertThat(others).isGreaterThan(90 * LIMIT);
  }

  @Test
  void whoHasANetworkOfIpv6HasNoMoreThanWhoHasAnAddress() {
    assertThat(admitted("2001:db8::1", 60)).isEqualTo(LIMIT);
    assertThat(admitted("2001:db8::ffff:2", 60)).isZero();
    assertThat(admitted("not an address", 60)).isLessThanOrEqualTo(LIMIT);
  }
}
