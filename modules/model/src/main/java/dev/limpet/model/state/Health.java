package dev.limpet.model.state;

import dev.limpet.model.settings.HealthChecks;

/** The cluster's verdict about a server; {@link HealthChecks.Initial} until there is one. */
public enum Health {
  /** Takes new clients and its own. */
  UP,
  /**
   * Late, or not well. Takes no new clients; its own go on being sent to it, for their requests are
   * the best check.
   */
  SUSPECT,
  /**
   * Refuses connections, or was suspect for {@link HealthChecks#deadAfter} and answered nobody
   * meanwhile. Takes no request at all; its sessions move.
   */
  DEAD
}
