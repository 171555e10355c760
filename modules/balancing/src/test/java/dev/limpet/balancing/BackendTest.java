package dev.limpet.balancing;

import static dev.limpet.balancing.Backends.limited;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class BackendTest {

  /** As many threads as want it; never one more than the limit. */
  @Test
  void threadsNeverOverfillAServer() throws Exception {
    Backend backend = limited("a", 3);
    AtomicInteger most = new AtomicInteger();
    try (var threads = Executors.newFixedThreadPool(8)) {
      for (int thread = 0; thread < 8; thread++) {
        threads.execute(
            () -> {
              for (int i = 0; i < 20_000; i++) {
                if (backend.tryBegin()) {
                  most.accumulateAndGet(backend.active(), Math::max);
                  backend.end();
                }
              }
            });
      }
    }
    assertThat(most.get()).isBetween(1, 3);
    assertThat(backend.active()).isZero();
  }

  @Test
  void itIsInUseForSomeSecondsAfterItsLastRequest() {
    Backend backend = limited("a", 3);
    age(backend, 5);
    assertThat(backend.isInUse()).isFalse();
    backend.tryBegin();
    age(backend, 10);
    assertThat(backend.isInUse()).isTrue();
    backend.end();
    age(backend, 4);
    assertThat(backend.isInUse()).isTrue();
    age(backend, 1);
    assertThat(backend.isInUse()).isFalse();
    backend.tryBegin();
    backend.end();
    age(backend, 5);
    assertThat(backend.isInUse()).isTrue();
  }

  private static void age(Backend backend, int seconds) {
    for (int i = 0; i < seconds; i++) {
      backend.age();
    }
  }
}
