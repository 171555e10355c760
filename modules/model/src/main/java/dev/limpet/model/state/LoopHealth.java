package dev.limpet.model.state;

/**
 * The health of a node's event loops.
 *
 * @param faults what was thrown on them where nothing should be, since start; each ended a request
 *     or a connection
 * @param stalls times that one stood still for longer than it may, since start
 * @param lost which one has stood still for so long that it will hardly come back, and for how
 *     long; empty if none has
 */
public record LoopHealth(long faults, long stalls, String lost) {}
