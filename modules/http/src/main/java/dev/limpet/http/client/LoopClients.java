package dev.limpet.http.client;

import dev.limpet.transport.loop.Loop;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/**
 * The clients whose connections live on one loop, and the clock that ends those which are late.
 * Their times are kept to within a tick: a timer for each of them would cost more than it gives.
 */
public final class LoopClients {

  private static final Duration TICK = Duration.ofMillis(100);

  /** Called on the loop, but outside of any stream, and must not enter one. */
  public interface Clock {
    void tick(long now);

    /** Ends the connection at once. */
    void cut();
  }

  private final Loop loop;
  private final Set<Clock> open = new HashSet<>();

  public LoopClients(Loop loop) {
    this.loop = loop;
    loop.every(TICK, this::tick);
  }

  public void add(Clock client) {
    open.add(client);
  }

  public void remove(Clock client) {
    open.remove(client);
  }

  private void tick() {
    long now = System.nanoTime();
    for (Clock client : open) {
      try {
        client.tick(now);
      } catch (Throwable thrown) {
        loop.faults().caught("a connection", thrown);
        client.cut();
      }
    }
  }
}
