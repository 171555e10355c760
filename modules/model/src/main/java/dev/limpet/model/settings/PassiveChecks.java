package dev.limpet.model.settings;

import java.time.Duration;

/**
 * The watch on what servers make of clients' requests, which takes one out of service for a time:
 * it is ejected, as Envoy calls it, and gets no new clients.
 *
 * @param fails requests in a row without an answer that eject a server; 0: none do
 * @param serverErrors answers with a status from 500 in a row that do; 0: none do
 * @param errorRate share of the window's requests that fails, in either way, and does; 0: none does
 * @param slowFactor how many times as long as the median of the others a server takes to answer; 0
 *     for as long as it likes
 * @param window over which shares and times are taken, in whole seconds
 * @param minRequests in the window, so that a share or a time says something
 * @param eject how long a server is ejected for the first time; the second time twice that, and so
 *     on
 * @param maxEject how long at the most
 * @param maxEjected the share of the servers that are ejected at one time, at the most
 */
public record PassiveChecks(
    boolean enabled,
    int fails,
    int serverErrors,
    double errorRate,
    double slowFactor,
    Duration window,
    int minRequests,
    Duration eject,
    Duration maxEject,
    double maxEjected) {

  /** Whether anything depends on shares or times. */
  public boolean usesWindow() {
    return errorRate > 0 || slowFactor > 0;
  }

  /** Whether an answer with a status from 500 counts against its server. */
  public boolean countsServerErrors() {
    return serverErrors > 0 || errorRate > 0;
  }

  /** How many of so many servers may be ejected; always one fewer than there are, and else one. */
  public int mostEjected(int servers) {
    return Math.max(0, Math.min(servers - 1, Math.max(1, (int) (servers * maxEjected))));
  }
}
