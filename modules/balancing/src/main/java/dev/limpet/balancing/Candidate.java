package dev.limpet.balancing;

import java.util.List;
import java.util.Set;

/**
 * A server that may be picked.
 *
 * @param weight its share at this moment beside the other candidates' weights, at least 1. That is
 *     not always its own: it may have come up again just now, or stand in another zone
 */
public record Candidate(Backend backend, int weight) {

  /** These servers with their own weights. */
  public static List<Candidate> of(List<Backend> backends) {
    return backends.stream().map(b -> new Candidate(b, b.server().weight())).toList();
  }

  boolean isEligible(Set<Backend> tried) {
    return isEligible(backend, tried);
  }

  static boolean isEligible(Backend backend, Set<Backend> tried) {
    return backend.hasRoom() && (tried.isEmpty() || !tried.contains(backend));
  }
}
