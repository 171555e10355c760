package dev.limpet.http.h2;

/**
 * The budget for the resets of one HTTP/2 connection's streams, whoever sends them: a client that
 * cancels its requests (CVE-2023-44487) and one that makes us cancel them by mistakes
 * (CVE-2025-8671) have servers work for nobody alike. It fills up with time and with requests that
 * are answered; browsers that leave a page, and proxies whose clients come and go, do not come near
 * its end. On the connection's loop.
 */
final class ResetBudget {

  /** A stream that the client, or its end of the protocol, has no more use for. */
  static final int CANCEL = 1;

  /** A stream that breaks the protocol: no client has a reason to. */
  static final int MISTAKE = 8;

  /** A head beyond the limits: it costs most of all to read, and is answered with the same 431. */
  static final int LARGE_HEAD = 16;

  /** Twice all streams at once, but no less than this. */
  private static final int LEAST = 256;

  private static final long REFILL_NANOS = 10_000_000_000L;

  private final int most;
  private int left;
  private long filledAt = System.nanoTime();

  /**
   * @param maxStreams that the client may have at one time
   */
  ResetBudget(int maxStreams) {
    most = Math.max(LEAST, 2 * maxStreams);
    left = most;
  }

  void spend(int cost) {
    long now = System.nanoTime();
    if (now - filledAt >= REFILL_NANOS) {
      filledAt = now;
      left = most;
    }
    left -= cost;
  }

  /** A request has been answered to its end. */
  void earn() {
    left = Math.min(left + 1, most);
  }

  /** Whether the client is to be cut off. */
  boolean isSpent() {
    return left < 0;
  }
}
