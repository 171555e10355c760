package dev.limpet.model;

import java.util.Optional;

/**
 * A server together with what the cluster knows of it.
 *
 * @param reason why it is down: which check failed and how, in an operator's words; else empty
 * @param ejection why it gets no new clients at the moment, although it is up
 */
public record ServerState(
    Server server,
    Health health,
    String reason,
    AdminState adminState,
    Optional<Ejection> ejection) {}
