package dev.limpet.proxy.exchange;

import dev.limpet.proxy.upstream.LoopConnections;
import java.time.Duration;

/** Ends one request that takes longer than {@code timeouts.request}; on its loop. */
final class RequestClock implements LoopConnections.Expiring {

  private final LoopConnections ticks;
  private final long deadline;
  private final Runnable late;

  private RequestClock(LoopConnections ticks, long deadline, Runnable late) {
    this.ticks = ticks;
    this.deadline = deadline;
    this.late = late;
  }

  static RequestClock start(LoopConnections ticks, Duration limit, Runnable late) {
    RequestClock clock = new RequestClock(ticks, System.nanoTime() + limit.toNanos(), late);
    ticks.add(clock);
    return clock;
  }

  void stop() {
    ticks.remove(this);
  }

  @Override
  public void expire(long now) {
    if (now - deadline >= 0) {
      late.run();
    }
  }
}
