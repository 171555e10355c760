package dev.limpet.e2e.affinity;

/**
 * One question to a node's readiness endpoint. Times are nanoseconds since the run began.
 *
 * @param answered whether there was an answer at all
 */
record Poll(long begun, long ended, boolean answered, boolean ready) {}
