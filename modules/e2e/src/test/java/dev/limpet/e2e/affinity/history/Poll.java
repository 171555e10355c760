package dev.limpet.e2e.affinity.history;

/**
 * One question to a node's readiness endpoint. Times are nanoseconds since the run began.
 *
 * @param answered whether there was an answer at all
 */
public record Poll(long begun, long ended, boolean answered, boolean ready) {}
