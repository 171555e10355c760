package dev.limpet.http.client;

import java.util.concurrent.TimeUnit;

/** The state of a node that is on its way out. Set once, by any thread, for all connections. */
public final class Drain {

  /**
   * An idle connection is closed when nothing has been asked on it for so long. A request that
   * crosses with the end of its connection is lost; so it is a little longer than the intervals at
   * which programs like to ask, and than Node.js keeps its own idle connections.
   */
  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(6);

  private volatile boolean begun;
  private volatile boolean closesIdle;
  private volatile long since;

  /** From now on each response is the last of its connection. */
  public void begin() {
    since = System.nanoTime();
    begun = true;
  }

  /** Connections on which nothing is asked any more are closed, too. */
  public void closeIdle() {
    closesIdle = true;
  }

  public boolean hasBegun() {
    return begun;
  }

  /**
   * Whether an idle connection is to be closed now.
   *
   * @param idleSince in the time of {@link System#nanoTime}
   */
  public boolean isOver(long idleSince, long now) {
    return closesIdle && now - idleSince >= IDLE_NANOS && now - since >= IDLE_NANOS;
  }
}
