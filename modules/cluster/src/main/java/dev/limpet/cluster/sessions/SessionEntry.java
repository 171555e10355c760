package dev.limpet.cluster.sessions;

/**
 * A session as this node knows it.
 *
 * @param server hash of the server's {@link dev.limpet.model.settings.ServerId}
 * @param millisLeft until it ends, unless it is used before
 */
public record SessionEntry(long server, long millisLeft) {}
