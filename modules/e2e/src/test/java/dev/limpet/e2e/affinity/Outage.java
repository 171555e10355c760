package dev.limpet.e2e.affinity;

/**
 * A backend that did not serve: from before the signal to when it was seen to answer again.
 *
 * @param silent whether it went on to take connections, so that nobody knows at once
 */
record Outage(String backend, Span span, boolean silent) {

  boolean overlaps(long from, long until) {
    return span.overlaps(from, until);
  }
}
