package dev.limpet.e2e.changes;

/**
 * A change that an operator has asked for.
 *
 * @param comment by which it is known again in the history
 * @param answer what became of it, as far as the operator knows
 * @param change its id; empty if that is not known
 * @param micros until the answer
 */
record Request(String comment, Answer answer, String change, long micros) {

  enum Answer {
    /** A majority has it in its journals. */
    DURABLE,
    /** Some node has. */
    HELD,
    /** The node has said that it could not. */
    REFUSED,
    /** There was no answer. */
    UNKNOWN
  }
}
