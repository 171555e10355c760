package dev.limpet.proxy.servers;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** The copies of requests that one upstream gets. Safe for any thread. */
public final class MirrorTraffic {

  /** So many may be under way at one node; a slow server must not make them pile up. */
  private static final int MAX_UNDER_WAY = 1000;

  private final AtomicInteger underWay = new AtomicInteger();
  private final LongAdder answered = new LongAdder();
  private final LongAdder lost = new LongAdder();

  /** False, and counted as lost, where too many are under way. */
  public boolean tryBegin() {
    if (underWay.incrementAndGet() > MAX_UNDER_WAY) {
      underWay.decrementAndGet();
      lose();
      return false;
    }
    return true;
  }

  public void end() {
    underWay.decrementAndGet();
  }

  public void answer() {
    answered.increment();
  }

  public void lose() {
    lost.increment();
  }

  /** Copies that a server has answered. */
  long answered() {
    return answered.sum();
  }

  /** Requests that were to be copied and were not, or whose copy got no answer. */
  long lost() {
    return lost.sum();
  }
}
