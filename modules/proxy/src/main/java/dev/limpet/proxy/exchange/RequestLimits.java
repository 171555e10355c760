package dev.limpet.proxy.exchange;

import dev.limpet.proxy.servers.Upstream;
import dev.limpet.proxy.upstream.LoopConnections;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The limits of one request as a whole: {@code max-requests}, which counts it until it ends, and
 * {@code timeouts.request}. For its loop only.
 */
final class RequestLimits implements LoopConnections.Expiring {

  private final RequestContext context;
  private final Runnable late;

  /** The upstream that counts the request; null where none does. */
  private @Nullable Upstream counting;

  /** The clock that ends the request when it is late; null where none does. */
  private @Nullable LoopConnections clock;

  private long deadline;

  /**
   * @param late runs, again and again, when the request has taken too long
   */
  RequestLimits(RequestContext context, Runnable late) {
    this.context = context;
    this.late = late;
  }

  /** False if too many are under way; then this one is not counted. */
  boolean tryBegin(int most) {
    if (!context.upstream().tryBegin(most)) {
      return false;
    }
    counting = context.upstream();
    return true;
  }

  void startClock(Duration limit) {
    deadline = System.nanoTime() + limit.toNanos();
    clock = context.plane().connections(context.loop());
    clock.add(this);
  }

  /** Nobody has anything more to do with the request. */
  void end() {
    stopClock();
    if (counting != null) {
      counting.end();
      counting = null;
    }
  }

  /**
   * Lasts as long as it will: the request becomes a tunnel.
   *
   * @return what is to be told when the tunnel ends; null for nobody
   */
  @Nullable Upstream becomesTunnel() {
    stopClock();
    Upstream counts = counting;
    counting = null;
    return counts;
  }

  @Override
  public void expire(long now) {
    if (now - deadline >= 0) {
      try {
        late.run();
      } catch (Throwable thrown) {
        context.broken().accept(thrown);
      }
    }
  }

  private void stopClock() {
    if (clock != null) {
      clock.remove(this);
      clock = null;
    }
  }
}
