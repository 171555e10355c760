package dev.limpet.e2e.affinity.history;

import java.util.List;

/**
 * A promise that was broken.
 *
 * @param promise the one that the request broke by itself
 * @param faults what was being done to nodes around that time
 * @param evidence the requests that show it, the last of them being the one that should not be;
 *     empty for a process
 */
public record Violation(Promise promise, String what, List<Span> faults, List<Op> evidence) {

  enum Promise {
    P1_STABLE,
    P2_ONE_MOVE,
    P4_FAIL_OPEN,
    NODE_ENDED_BY_ITSELF
  }

  /** P3 is P1 and P2 while nodes suffer: it has no requests of its own. */
  public String label() {
    return switch (promise) {
      case P1_STABLE, P2_ONE_MOVE -> faults.isEmpty() ? promise.name().substring(0, 2) : "P3";
      case P4_FAIL_OPEN -> "P4";
      case NODE_ENDED_BY_ITSELF -> "node ended by itself";
    };
  }

  /** Nanoseconds from the first request of the evidence to the last one's end. */
  public long length() {
    return evidence.isEmpty() ? 0 : evidence.getLast().received() - evidence.getFirst().sent();
  }
}
