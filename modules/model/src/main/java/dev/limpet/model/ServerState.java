package dev.limpet.model;

import java.util.Optional;

/**
 * A server together with what the cluster knows of it.
 *
 * @param ejection why it gets no new clients at the moment, although it is up
 */
public record ServerState(
    Server server, Health health, AdminState adminState, Optional<Ejection> ejection) {}
