package dev.limpet.model.settings;

import java.time.Duration;
import java.util.List;

/**
 * The checks that the nodes make of an upstream's servers.
 *
 * @param checks a server is up while it passes all of them; empty where nothing is checked
 * @param observers how many nodes check each server, at least 1; the majority of their verdicts
 *     counts
 * @param initial what a server counts as until it has been checked
 * @param deadAfter how long a server may be suspect, and answer nobody, before it counts as dead
 */
public record HealthChecks(
    List<HealthCheck> checks, int observers, Initial initial, Duration deadAfter) {

  /** The state of a server that has not been checked yet. */
  public enum Initial {
    UP,
    /** Suspect: it gets no new clients. */
    DOWN,
    /**
     * Up when the upstream had no servers before, as when a node starts; as down when it joins
     * others.
     */
    CHECK
  }
}
