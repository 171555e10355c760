package dev.limpet.e2e.affinity.history;

import org.jspecify.annotations.Nullable;

/**
 * One request: what the client showed, and what it was told. Times are nanoseconds since the run
 * began.
 *
 * @param session the client, anew each time that it has forgotten everything
 * @param carried a short form of what ties the client to a backend; null: nothing does yet
 * @param told the same of what the response tied it to; null: it said nothing of it
 * @param status of the response; 0: there was none
 * @param backend where it landed; null: nowhere that we know of
 * @param failure why there was no response; empty if there was one
 */
public record Op(
    String session,
    String node,
    long sent,
    long received,
    @Nullable String carried,
    @Nullable String told,
    int status,
    @Nullable String backend,
    String failure) {

  /** The failure of a client that has waited for as long as it would. */
  public static final String LATE = "no answer in time";

  /** Whether a backend has answered. 400 is the answer of one that does not know the session. */
  public boolean landed() {
    return (status == 200 || status == 400) && backend != null;
  }

  /** Whether the client knew or knows since where it belongs. */
  boolean ties() {
    return landed() && (carried != null || told != null);
  }

  /** Whether somebody has given up waiting: the client, or the node for it. */
  boolean isLate() {
    return status == 504 || failure.equals(LATE);
  }

  boolean before(Op later) {
    return received < later.sent;
  }
}
