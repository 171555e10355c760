package dev.limpet.e2e.affinity.history;

/**
 * Something that held for a while.
 *
 * @param from nanoseconds since the run began
 * @param until the same; {@link Long#MAX_VALUE}: it held to the end
 */
public record Span(long from, long until, String what) {

  boolean overlaps(long begin, long end) {
    return from <= end && until >= begin;
  }

  Span longerBy(long nanos) {
    return until == Long.MAX_VALUE ? this : new Span(from, until + nanos, what);
  }
}
