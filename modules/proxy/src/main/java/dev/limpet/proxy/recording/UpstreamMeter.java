package dev.limpet.proxy.recording;

import dev.limpet.proxy.failure.Failure;
import dev.limpet.transport.meter.Counter;
import dev.limpet.transport.meter.EnumCounters;
import dev.limpet.transport.meter.Times;
import org.jspecify.annotations.Nullable;

/** What one loop has counted and timed of one upstream, whichever server a request went to. */
final class UpstreamMeter {

  final EnumCounters<Failure> retries = new EnumCounters<>(Failure.class);

  /** Those of answers that another server was to give better. */
  final Counter retriesForStatus = new Counter();

  final EnumCounters<AffinityOutcome> affinity = new EnumCounters<>(AffinityOutcome.class);

  final EnumCounters<SessionRule> rules = new EnumCounters<>(SessionRule.class);
  final EnumCounters<MoveCause> moves = new EnumCounters<>(MoveCause.class);
  final Times queueWait = new Times();
  final Counter tunnelsBegun = new Counter();
  final Counter tunnelsEnded = new Counter();

  /**
   * Counts one request by what has become of its client's session.
   *
   * @param rule null where it has none
   * @param cause why it has left its server; null where it has not
   */
  void sessions(AffinityOutcome outcome, @Nullable SessionRule rule, @Nullable MoveCause cause) {
    affinity.increment(outcome);
    if (rule != null) {
      rules.increment(rule);
    }
    if (outcome == AffinityOutcome.MOVED && cause != null) {
      moves.increment(cause);
    }
  }
}
