package dev.limpet.cluster.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.model.state.Placement;
import dev.limpet.model.state.SessionKey;
import dev.limpet.model.state.SplitMix64;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SessionStoreTest {

  private final Random random = new Random(7);

  @Test
  void twoStoresThatGotTheSameInAnotherOrderHaveTheSameDigests() {
    List<long[]> entries = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      entries.add(entry(i % 3_000, random.nextLong(1, 4), random.nextLong(1, 9), 1_000 + i));
    }
    SessionStore one = new SessionStore(1_000_000);
    entries.forEach(one::merge);
    Collections.shuffle(entries, random);
    SessionStore other = new SessionStore(1_000_000);
    other.merge(entries.stream().reduce(new long[0], SessionStoreTest::append));
    assertThat(other.groupDigests()).isEqualTo(one.groupDigests());
    assertThat(other.size()).isEqualTo(3_000).isEqualTo(one.size());
    other.merge(entry(17, 9, 10, 1));
    assertThat(other.groupDigests()).isNotEqualTo(one.groupDigests());
    one.merge(entry(17, 9, 10, 1));
    assertThat(other.groupDigests()).isEqualTo(one.groupDigests());
  }

  @Test
  void whatHasExpiredIsDroppedAndCounted() {
    SessionStore store = new SessionStore(1_000_000);
    for (int i = 0; i < 1_000; i++) {
      store.merge(entry(i, 1, 1, i < 300 ? 100 : 200));
    }
    store.expire(100);
    assertThat(store.size()).isEqualTo(700);
    assertThat(store.expired()).isEqualTo(300);
    store.merge(entry(2_000, 1, 1, 150));
    store.expire(199);
    assertThat(store.expired()).isEqualTo(301);
    store.expire(200);
    assertThat(store.size()).isZero();
    assertThat(store.groupDigests()).containsOnly(0);
  }

  @Test
  void aFullStoreGivesUpWhatWasIdleForLongest() {
    SessionStore store = new SessionStore(500_000);
    for (int i = 0; i < 1_500_000; i++) {
      store.merge(entry(i, 1, 1, 1_000 + i));
    }
    assertThat(store.size()).isBetween(500_000L, 1_000_000L);
    assertThat(store.evicted()).isEqualTo(1_500_000 - store.size());
    assertThat(store.entry(key(1_499_999))).isNotNull();
    assertThat(store.entry(key(0))).isNull();
  }

  private static long[] append(long[] all, long[] entry) {
    long[] longer = java.util.Arrays.copyOf(all, all.length + entry.length);
    System.arraycopy(entry, 0, longer, all.length, entry.length);
    return longer;
  }

  private static long[] entry(long number, long backend, long version, long expiry) {
    return Bucket.entry(key(number), new Placement(backend, version), expiry);
  }

  private static SessionKey key(long number) {
    return new SessionKey(SplitMix64.mix(number), SplitMix64.mix(~number));
  }
}
