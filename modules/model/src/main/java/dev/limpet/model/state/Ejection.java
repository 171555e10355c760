package dev.limpet.model.state;

/**
 * A server's time out of service, for what clients' requests met there.
 *
 * @param detail what was seen, in an operator's words
 * @param since the cluster's time in milliseconds
 * @param until the cluster's time in milliseconds
 * @param times how often by now, not counting what time has forgiven
 */
public record Ejection(Cause cause, String detail, long since, long until, int times) {

  public enum Cause {
    /** Requests in a row without an answer. */
    NO_ANSWER,
    /** Answers with a status from 500 in a row. */
    SERVER_ERRORS,
    /** A share of requests that fail. */
    ERROR_RATE,
    /** Answers that take much longer than those of the others. */
    SLOW
  }
}
