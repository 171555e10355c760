package dev.limpet.model;

/** A server together with what the cluster knows of it. */
public record ServerState(Server server, Health health, AdminState adminState) {}
