package dev.limpet.cluster.port;

import akka.actor.Address;
import org.jspecify.annotations.Nullable;

/**
 * Thrown where something comes in that is not ours; Akka's remoting drops the message and says so.
 */
public final class Refused extends RuntimeException {

  /** The kinds of refusals; a label of the metric, in lower case. */
  enum Kind {
    /** A node of a cluster of another name. */
    NAME,
    /** A node that is not among the peers. */
    STRANGER,
    /** A message that no node of ours sends. */
    MESSAGE,
    /** For an actor that no node of ours addresses. */
    ACTOR,
    /** Bytes that are no message, or no connection of a node's. */
    UNREADABLE,
    /** A connection without a certificate of our authority's. */
    CERTIFICATE,
    /** A replicated value that cannot be one. */
    VALUE
  }

  private static final long serialVersionUID = 1;

  private final Kind kind;

  @SuppressWarnings("serial") // Never serialized.
  private final @Nullable Address from;

  /**
   * @param what completes "refused ..."
   * @param from null where the message does not say
   */
  public Refused(Kind kind, String what, @Nullable Address from) {
    super(what, null, false, false);
    this.kind = kind;
    this.from = from;
  }

  static Refused unreadable() {
    return new Refused(Kind.UNREADABLE, "a message that cannot be read", null);
  }

  Kind kind() {
    return kind;
  }

  @Nullable Address from() {
    return from;
  }
}
