package dev.limpet.model;

/**
 * One server of an upstream, as settings declare it.
 *
 * @param id its lasting name
 * @param address where it listens
 * @param weight its share of new clients, at least 1
 */
public record Server(BackendId id, HostPort address, int weight) {}
