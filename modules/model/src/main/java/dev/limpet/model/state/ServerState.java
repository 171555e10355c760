package dev.limpet.model.state;

import dev.limpet.model.settings.AdminState;
import dev.limpet.model.settings.Server;
import java.util.Optional;

/**
 * A server together with what the cluster knows of it.
 *
 * @param health the checks' verdict
 * @param reason why it is not up: which check failed and how, in an operator's words; else empty
 * @param ejection why it gets no new clients at the moment, although it is up
 */
public record ServerState(
    Server server,
    Health health,
    String reason,
    AdminState adminState,
    Optional<Ejection> ejection) {

  /**
   * The verdict of checks and of clients' requests together: a server that is ejected is suspect.
   */
  public Health verdict() {
    return ejection.isPresent() ? Health.SUSPECT : health;
  }

  /** Whether it gets new clients, for all that checks and operators say. */
  public boolean isOpen() {
    return health == Health.UP && adminState == AdminState.UP;
  }
}
