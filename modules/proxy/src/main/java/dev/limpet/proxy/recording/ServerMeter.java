package dev.limpet.proxy.recording;

import dev.limpet.model.settings.ServerId;
import dev.limpet.proxy.failure.Failure;
import dev.limpet.transport.meter.Counter;
import dev.limpet.transport.meter.EnumCounters;
import dev.limpet.transport.meter.Times;

/** What one loop has counted and timed of one server. */
final class ServerMeter {

  record Key(String upstream, ServerId server) {}

  final StatusCounts answers = new StatusCounts();
  final EnumCounters<Failure> failures = new EnumCounters<>(Failure.class);
  final Counter sentBytes = new Counter();
  final Counter receivedBytes = new Counter();
  final Times connect = new Times();
  final Times firstByte = new Times();
  final Times response = new Times();
}
