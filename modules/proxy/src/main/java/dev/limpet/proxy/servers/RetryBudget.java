package dev.limpet.proxy.servers;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;

/**
 * Keeps retries from finishing off servers that fail because they are overloaded: of the requests
 * of the last ten seconds only a share may be sent once more, as Finagle's {@code RetryBudget} and
 * Linkerd's and Envoy's retry budgets have it.
 *
 * <p>What counts is a request of which a server may have seen something. A refused connection has
 * cost nobody anything, so going on to another server is not limited.
 *
 * <p>Safe for any thread. A request costs one {@link LongAdder#increment}; the window is moved on
 * by {@link #tick}, once a second.
 */
public final class RetryBudget {

  static final int WINDOW_SECONDS = 10;

  /** In a window; so that a service with few requests can have retries, too. */
  static final int ALWAYS_ALLOWED = 10;

  private final DoubleSupplier share;
  private final LongAdder requests = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final LongAdder retries = new LongAdder();

  /** All requests until the beginning of each second of the window. */
  private final AtomicLongArray requestsBefore = new AtomicLongArray(WINDOW_SECONDS);

  private final AtomicIntegerArray retriesIn = new AtomicIntegerArray(WINDOW_SECONDS);
  private final AtomicInteger retriesInWindow = new AtomicInteger();
  private volatile int second;

  /**
   * @param share retries for each request, 0.2 for a fifth
   */
  RetryBudget(DoubleSupplier share) {
    this.share = share;
  }

  public void onRequest() {
    requests.increment();
  }

  /** Takes one retry out of the budget; false if there is none left. */
  public boolean tryRetry() {
    int now = second;
    long inWindow = requests.sum() - requestsBefore.get((now + 1) % WINDOW_SECONDS);
    long allowed = Math.max(ALWAYS_ALLOWED, (long) (share.getAsDouble() * inWindow));
    if (retriesInWindow.getAndUpdate(taken -> taken < allowed ? taken + 1 : taken) >= allowed) {
      refused.increment();
      return false;
    }
    retriesIn.incrementAndGet(now);
    retries.increment();
    return true;
  }

  /** Begins the next second; the oldest one leaves the window. To be called by one thread. */
  void tick() {
    int next = (second + 1) % WINDOW_SECONDS;
    requestsBefore.set(next, requests.sum());
    second = next;
    retriesInWindow.addAndGet(-retriesIn.getAndSet(next, 0));
  }

  long retries() {
    return retries.sum();
  }

  /** Retries that were not made because the budget was used up. */
  long refused() {
    return refused.sum();
  }
}
