package dev.limpet.proxy.exchange;

import dev.limpet.model.settings.Settings;
import dev.limpet.proxy.failure.Failure;
import io.netty.handler.codec.http.HttpResponse;

/**
 * Decides whether one request is sent once more, and counts how often it has been sent. For its
 * loop only.
 */
final class RetryPolicy {

  /** The step that follows a failed attempt. */
  enum Next {
    /** The client hears of the failure. */
    NEVER,
    /** A new connection to the same server. */
    AT_ONCE,
    /** The server has reset a new connection. */
    AFTER_RESET,
    /** The server cannot be reached, so another one. */
    ELSEWHERE
  }

  private final RequestContext context;
  private final Settings.Retries settings;

  /**
   * That a kept connection was closed says nothing about its server, so it is no attempt until
   * there is an answer.
   */
  private int made;

  RetryPolicy(RequestContext context) {
    this.context = context;
    this.settings = context.upstream().settings().retries();
  }

  /**
   * Of an attempt that has failed; if the request is sent once more, the budget has paid for it.
   *
   * @param reused whether the connection had been used before
   */
  Next after(Failure failure, boolean reused) {
    if (failure.replay() == Failure.Replay.ALWAYS) {
      return Next.ELSEWHERE;
    }
    made += reused ? 0 : 1;
    if (!mayGoOnceMore(failure, reused) || !mayRepeat()) {
      return Next.NEVER;
    }
    return reused ? Next.AT_ONCE : Next.AFTER_RESET;
  }

  /** An answer on a kept connection may be a remnant of an earlier exchange. */
  private static boolean mayGoOnceMore(Failure failure, boolean reused) {
    return failure.replay() == Failure.Replay.IF_IDEMPOTENT
        || (reused && failure == Failure.BAD_RESPONSE);
  }

  private boolean mayRepeat() {
    return context.outgoing().isRepeatable()
        && made < settings.attempts()
        && context.upstream().retryBudget().tryRetry();
  }

  /** As {@link #after}, of an attempt that has been answered, with a refusal. */
  boolean mayRepeatAnswered() {
    made++;
    return mayRepeat();
  }

  /** Whether another server may be asked for a better answer. */
  boolean isRefusal(HttpResponse head) {
    return !settings.statuses().isEmpty()
        && settings.statuses().contains(head.status().code())
        && context.outgoing().isRepeatable();
  }
}
