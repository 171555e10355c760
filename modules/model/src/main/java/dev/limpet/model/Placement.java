package dev.limpet.model;

/**
 * Where a session belongs.
 *
 * @param backend hash of the server's {@link BackendId}
 * @param version hybrid-clock time of the decision; of two placements of a session the one with the
 *     higher version holds. 0 is a session's first placement, made without the cluster
 */
public record Placement(long backend, long version) {}
