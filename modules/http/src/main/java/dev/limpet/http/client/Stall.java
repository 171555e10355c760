package dev.limpet.http.client;

/** A wait that must not last longer than a limit without progress. */
public final class Stall {

  private static final long NO_PROGRESS = -1;

  private final long limitNanos;
  private long progress = NO_PROGRESS;
  private long since;

  public Stall(long limitNanos) {
    this.limitNanos = limitNanos;
  }

  /**
   * To be asked regularly.
   *
   * @param newProgress changes, and is not negative, as long as that which is waited for goes on
   * @return whether {@code waiting} has been so for too long, with no change of {@code newProgress}
   */
  public boolean lasts(boolean waiting, long newProgress, long now) {
    return lasts(waiting, newProgress, now, limitNanos);
  }

  /** As {@link #lasts(boolean, long, long)}, with another limit. */
  public boolean lasts(boolean waiting, long newProgress, long now, long limitNanos) {
    if (!waiting || newProgress != progress) {
      progress = waiting ? newProgress : NO_PROGRESS;
      since = now;
    }
    return now - since >= limitNanos;
  }
}
