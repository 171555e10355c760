package dev.limpet.cluster.discovery;

import dev.limpet.model.settings.Server;

/**
 * A server that was found.
 *
 * @param upstream which it is one of
 * @param leaving whether it gets no new clients, since it is not named any more
 */
public record DiscoveredServer(String upstream, Server server, boolean leaving) {}
