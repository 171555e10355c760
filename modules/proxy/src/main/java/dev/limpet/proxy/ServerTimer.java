package dev.limpet.proxy;

import dev.limpet.balancing.Backend;
import dev.limpet.model.settings.BalancingMethod;
import dev.limpet.model.settings.BalancingMethod.Measure;
import org.jspecify.annotations.Nullable;

/**
 * Times the server of one request, if servers are picked by that. A failure without a response
 * counts with the time that it took. On the loop of the client's connection.
 */
final class ServerTimer {

  static final ServerTimer OFF = new ServerTimer(Measure.CONNECTIONS);

  private final Measure measure;
  private @Nullable Backend timed;
  private long since;

  private ServerTimer(Measure measure) {
    this.measure = measure;
  }

  static ServerTimer of(BalancingMethod method) {
    return switch (method) {
      case BalancingMethod.LeastTime(Measure until) -> new ServerTimer(until);
      case BalancingMethod.RandomTwo(Measure by) ->
          by == Measure.CONNECTIONS ? OFF : new ServerTimer(by);
      case BalancingMethod.RoundRobin m -> OFF;
      case BalancingMethod.LeastConnections m -> OFF;
      case BalancingMethod.IpHash m -> OFF;
      case BalancingMethod.Hash m -> OFF;
    };
  }

  /** The request goes to this server now. */
  void onSend(Backend server) {
    if (measure != Measure.CONNECTIONS) {
      timed = server;
      since = System.nanoTime();
    }
  }

  void onHead() {
    if (timed != null && measure == Measure.HEADER) {
      timed.took(System.nanoTime() - since);
      timed = null;
    }
  }

  /** The response is whole. */
  void onEnd() {
    if (timed != null) {
      timed.took(System.nanoTime() - since);
      timed = null;
    }
  }

  void onFailure() {
    if (timed != null) {
      timed.failedAfter(System.nanoTime() - since);
      timed = null;
    }
  }
}
