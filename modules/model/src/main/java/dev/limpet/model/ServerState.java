package dev.limpet.model;

/**
 * A server together with what the cluster knows of it.
 *
 * @param reason why it is down: which check failed and how, in an operator's words; else empty
 */
public record ServerState(Server server, Health health, String reason, AdminState adminState) {}
