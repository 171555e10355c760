package dev.limpet.http.h2;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WaitingBytesTest {

  private static final int MEGABYTE = 1 << 20;

  private final WaitingBytes all = new WaitingBytes(10 * MEGABYTE);

  @Test
  void beyondTheLimitThoseThatHoldMostAreEnded() {
    WaitingBytes.Share greedy = all.new Share();
    WaitingBytes.Share modest = all.new Share();
    WaitingBytes.Share quick = all.new Share();
    assertThat(greedy.holds(9 * MEGABYTE)).isFalse();
    assertThat(quick.holds(10_000)).isFalse();
    assertThat(modest.holds(2 * MEGABYTE)).isFalse();
    assertThat(greedy.holds(9 * MEGABYTE + 1)).isTrue();
    greedy.end();
    assertThat(modest.holds(3 * MEGABYTE)).isFalse();
  }

  @Test
  void ofEqualsAnyIsEnded() {
    int ended = 0;
    for (int i = 0; i < 100; i++) {
      WaitingBytes.Share share = all.new Share();
      if (share.holds(MEGABYTE)) {
        ended++;
        share.end();
      }
    }
    assertThat(ended).isEqualTo(90);
  }

  @Test
  void whatHasBeenTakenCountsNoMore() {
    WaitingBytes.Share one = all.new Share();
    WaitingBytes.Share other = all.new Share();
    assertThat(one.holds(9 * MEGABYTE)).isFalse();
    assertThat(one.holds(0)).isFalse();
    assertThat(other.holds(9 * MEGABYTE)).isFalse();
    assertThat(one.holds(2 * MEGABYTE)).isFalse();
  }
}
