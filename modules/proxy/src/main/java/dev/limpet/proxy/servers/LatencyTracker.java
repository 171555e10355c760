package dev.limpet.proxy.servers;

import dev.limpet.balancing.Backend;
import dev.limpet.model.settings.BalancingMethod;
import dev.limpet.model.settings.BalancingMethod.Measure;
import org.jspecify.annotations.Nullable;

/**
 * Times the server of one request, if servers are picked by that. A failure without a response
 * counts with the time that it took. On the loop of the client's connection.
 */
public final class LatencyTracker {

  static final LatencyTracker OFF = new LatencyTracker(Measure.CONNECTIONS);

  private final Measure measure;
  private @Nullable Backend timed;
  private long since;

  private LatencyTracker(Measure measure) {
    this.measure = measure;
  }

  public static LatencyTracker of(BalancingMethod method) {
    return switch (method) {
      case BalancingMethod.LeastTime(Measure until) -> new LatencyTracker(until);
      case BalancingMethod.RandomTwo(Measure by) ->
          by == Measure.CONNECTIONS ? OFF : new LatencyTracker(by);
      case BalancingMethod.RoundRobin m -> OFF;
      case BalancingMethod.LeastConnections m -> OFF;
      case BalancingMethod.IpHash m -> OFF;
      case BalancingMethod.Hash m -> OFF;
    };
  }

  /** The request goes to this server now. */
  public void sent(Backend server) {
    if (measure != Measure.CONNECTIONS) {
      timed = server;
      since = System.nanoTime();
    }
  }

  public void headArrived() {
    if (timed != null && measure == Measure.HEADER) {
      timed.took(System.nanoTime() - since);
      timed = null;
    }
  }

  /** The response is whole. */
  public void complete() {
    if (timed != null) {
      timed.took(System.nanoTime() - since);
      timed = null;
    }
  }

  public void failed() {
    if (timed != null) {
      timed.failedAfter(System.nanoTime() - since);
      timed = null;
    }
  }
}
