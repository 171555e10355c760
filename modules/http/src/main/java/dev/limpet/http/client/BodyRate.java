package dev.limpet.http.client;

import dev.limpet.model.settings.Settings;
import java.util.concurrent.TimeUnit;

/**
 * The rate at which a client sends the bodies of its requests, held to a minimum: on average over a
 * time in which it alone is waited for (Apache's RequestReadTimeout has the same idea). Time in
 * which the server, or this node, takes no more does not count.
 */
public final class BodyRate {

  /** When this node itself has stood still, that is not its clients' fault. */
  private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final long windowNanos;

  /** Bytes that have to come in that time. */
  private final long least;

  private long waited;
  private long last = System.nanoTime();
  private long before;

  public BodyRate(Settings.Listener listener) {
    this.windowNanos = listener.timeouts().idle().toNanos();
    this.least = (long) (listener.minBodyRate() * (windowNanos / 1e9));
  }

  /**
   * To be asked regularly.
   *
   * @param underWay whether there is a body of which not all has come
   * @param waiting whether nothing but the client keeps it from going on
   * @param received bytes, of this body and those before it
   */
  public boolean isTooLow(boolean underWay, boolean waiting, long received, long now) {
    long passed = Math.min(now - last, MOST_NANOS);
    last = now;
    if (!underWay) {
      waited = 0;
      before = received;
      return false;
    }
    waited += waiting ? passed : 0;
    if (waited < windowNanos) {
      return false;
    }
    boolean low = received - before < least;
    waited = 0;
    before = received;
    return low;
  }
}
