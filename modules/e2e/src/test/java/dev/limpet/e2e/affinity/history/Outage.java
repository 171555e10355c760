package dev.limpet.e2e.affinity.history;

import java.util.Optional;

/**
 * A backend that did not serve: from before it was hurt to when it was seen to answer again.
 *
 * @param silent whether it went on to take connections: frozen, paused or busy. That is no death
 *     until it has lasted for {@link Limits#deadAfter}.
 */
public record Outage(String backend, Span span, boolean silent) {

  boolean overlaps(long from, long until) {
    return span.overlaps(from, until);
  }

  /**
   * While the nodes have reason to take it for dead, and its sessions may leave it; empty: never.
   */
  Optional<Span> death(Limits limits) {
    long from = silent ? span.from() + limits.deadAfter() : span.from();
    return from > span.until()
        ? Optional.empty()
        : Optional.of(new Span(from, span.until(), span.what()).longerBy(limits.notice()));
  }
}
