package dev.limpet.proxy.akkahttp;

import dev.limpet.transport.Loop;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The clients whose connections live on one loop, and the clock that ends those which are late. Their
 * times are kept to within a tick: a timer for each of them would cost more than it gives.
 */
final class LoopClients {

  private static final long TICK_MILLIS = 100;

  /** Called on the loop, but outside of any stream. */
  interface Clock {
    void tick(long now);
  }

  private final Set<Clock> open = new HashSet<>();

  LoopClients(Loop loop) {
    loop.executor()
        .scheduleAtFixedRate(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
  }

  void add(Clock client) {
    open.add(client);
  }

  void remove(Clock client) {
    open.remove(client);
  }

  private void tick() {
    long now = System.nanoTime();
    // Ending a connection takes it out of the set.
    for (Clock client : new ArrayList<>(open)) {
      client.tick(now);
    }
  }
}
