package dev.limpet.proxy.recording;

import dev.limpet.proxy.failure.Failure;
import dev.limpet.transport.meter.Counter;
import dev.limpet.transport.meter.EnumCounters;
import dev.limpet.transport.meter.Times;

/** What one loop has counted and timed of one upstream, whichever server a request went to. */
final class UpstreamMeter {

  final EnumCounters<Failure> retries = new EnumCounters<>(Failure.class);

  /** Those of answers that another server was to give better. */
  final Counter retriesForStatus = new Counter();

  final EnumCounters<AffinityOutcome> affinity = new EnumCounters<>(AffinityOutcome.class);

  final Times queueWait = new Times();
  final Counter tunnelsBegun = new Counter();
  final Counter tunnelsEnded = new Counter();
}
