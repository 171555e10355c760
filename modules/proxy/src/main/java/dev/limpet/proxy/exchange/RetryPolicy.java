package dev.limpet.proxy.exchange;

import dev.limpet.model.settings.Settings;
import dev.limpet.proxy.servers.Upstream;
import io.netty.handler.codec.http.HttpResponse;

/**
 * How often one request was sent to a server, and whether it may be once more. For its loop only.
 */
final class RetryPolicy {

  private final OutgoingRequest outgoing;
  private final Upstream group;
  private final Settings.Retries settings;
  private int made;
  private boolean reused;

  RetryPolicy(OutgoingRequest outgoing, Upstream group) {
    this.outgoing = outgoing;
    this.group = group;
    this.settings = group.settings().retries();
  }

  /**
   * It goes out. That a kept connection was closed says nothing about its server, so it is no
   * attempt until there is an answer.
   */
  void sentOn(boolean reused) {
    this.reused = reused;
    made += reused ? 0 : 1;
  }

  /** Whether there may be another attempt; if so, the budget has paid for it. */
  boolean mayRepeat() {
    return outgoing.isRepeatable() && made < settings.attempts() && group.retryBudget().tryRetry();
  }

  /** As {@link #mayRepeat}, once there is an answer. */
  boolean mayRepeatAnswered() {
    made += reused ? 1 : 0;
    return mayRepeat();
  }

  /** Whether another server may be asked for a better answer. */
  boolean isRefusal(HttpResponse head) {
    return !settings.statuses().isEmpty()
        && settings.statuses().contains(head.status().code())
        && outgoing.isRepeatable();
  }
}
