package dev.limpet.cluster.sessions;

import java.io.NotSerializableException;

/**
 * The messages between the nodes' replicas. As bytes each is a row of longs ({@link Longs}); the
 * number of the kind carries the version of its format, and a node refuses what it does not know.
 */
@SuppressWarnings("ArrayRecordComponent") // Nobody compares them.
sealed interface Wire extends Replica.Command {

  /**
   * @param from the sender's {@code UniqueAddress.longUid}, which changes when a node restarts
   * @param to the addressee's, so that a node does not take what was meant for the one before it
   */
  record Envelope(long from, long to) {}

  Envelope envelope();

  /**
   * Says that the sender is there, asks for its lease to be renewed, and answers the last heartbeat
   * that it has had from the addressee.
   *
   * @param caughtUp whether the sender has missed nothing that the addressee knew
   * @param echo when the addressee sent that heartbeat, by the addressee's clock; 0 if there was
   *     none
   * @param heldNanos how long ago it came in
   * @param granted whether it renewed the addressee's lease
   */
  record Heartbeat(
      Envelope envelope,
      long sentNanos,
      long millis,
      boolean agreed,
      boolean synced,
      boolean caughtUp,
      long[] suspects,
      long echo,
      long heldNanos,
      boolean granted)
      implements Wire {}

  /**
   * Asks what is known of sessions.
   *
   * @param ballot of a proposal that will follow; 0 only reads
   * @param keys high and low of each
   */
  record Prepare(Envelope envelope, long round, long ballot, long[] keys) implements Wire {}

  /**
   * @param votes whether the sender's answer counts: it holds the table
   * @param known a {@link Known} for each key that was asked for
   */
  record Promise(Envelope envelope, long round, boolean votes, long[] known) implements Wire {}

  /** Proposes placements, each with its ballot as version. */
  record Accept(Envelope envelope, long round, long[] entries) implements Wire {}

  /**
   * Places that hold.
   *
   * @param round 0 if no answer is wanted
   */
  record Write(Envelope envelope, long round, long[] entries) implements Wire {}

  /**
   * Answers an Accept or a Write.
   *
   * @param refused indexes of the proposals that came after another's promise
   * @param leases nodes that may still answer clients without having heard of the proposals
   */
  record Ack(Envelope envelope, long round, boolean votes, long[] refused, long[] leases)
      implements Wire {}

  /**
   * Asks for a comparison of tables, or of the rest of them.
   *
   * @param from the first group to compare
   * @param groups the digests of all groups
   */
  record Digests(Envelope envelope, long comparison, long expiredTo, long from, long[] groups)
      implements Wire {}

  /**
   * @param comparable whether both nodes have dropped what has expired up to the same time
   * @param granted whether the sender holds the table and grants the addressee a lease from now on
   * @param next the first group that was not compared, for the message would be too long
   * @param groups the groups that differ
   * @param digests of all their buckets
   * @param undecided entries of the groups compared that were accepted here and may or may not hold
   */
  record Differences(
      Envelope envelope,
      long comparison,
      boolean comparable,
      boolean granted,
      long next,
      long[] groups,
      long[] digests,
      long[] undecided)
      implements Wire {}

  /**
   * What the sender holds of some buckets.
   *
   * @param reply whether to send back what the receiver holds of them
   */
  record Buckets(Envelope envelope, long comparison, boolean reply, long[] buckets, long[] entries)
      implements Wire {}

  /** The kind's number, which goes with the bytes. */
  static String kind(Wire message) {
    return switch (message) {
      case Heartbeat m -> "H1";
      case Prepare m -> "P1";
      case Promise m -> "p1";
      case Accept m -> "A1";
      case Write m -> "W1";
      case Ack m -> "a1";
      case Digests m -> "D1";
      case Differences m -> "d1";
      case Buckets m -> "X1";
    };
  }

  static byte[] toBytes(Wire message) {
    Longs.Writer to = new Longs.Writer();
    to.put(message.envelope().from()).put(message.envelope().to());
    switch (message) {
      case Heartbeat m ->
          to.put(m.sentNanos)
              .put(m.millis)
              .put(m.agreed)
              .put(m.synced)
              .put(m.caughtUp)
              .put(m.suspects)
              .put(m.echo)
              .put(m.heldNanos)
              .put(m.granted);
      case Prepare m -> to.put(m.round).put(m.ballot).put(m.keys);
      case Promise m -> to.put(m.round).put(m.votes).put(m.known);
      case Accept m -> to.put(m.round).put(m.entries);
      case Write m -> to.put(m.round).put(m.entries);
      case Ack m -> to.put(m.round).put(m.votes).put(m.refused).put(m.leases);
      case Digests m -> to.put(m.comparison).put(m.expiredTo).put(m.from).put(m.groups);
      case Differences m ->
          to.put(m.comparison)
              .put(m.comparable)
              .put(m.granted)
              .put(m.next)
              .put(m.groups)
              .put(m.digests)
              .put(m.undecided);
      case Buckets m -> to.put(m.comparison).put(m.reply).put(m.buckets).put(m.entries);
    }
    return to.toBytes();
  }

  /**
   * @throws NotSerializableException if the bytes are no message of this kind
   */
  static Wire fromBytes(String kind, byte[] bytes) throws NotSerializableException {
    Longs.Reader from = new Longs.Reader(kind, bytes);
    Envelope envelope = new Envelope(from.one(), from.one());
    Wire message =
        switch (kind) {
          case "H1" ->
              new Heartbeat(
                  envelope,
                  from.one(),
                  from.one(),
                  from.flag(),
                  from.flag(),
                  from.flag(),
                  from.many(1),
                  from.one(),
                  from.one(),
                  from.flag());
          case "P1" -> new Prepare(envelope, from.one(), from.one(), from.many(2));
          case "p1" -> new Promise(envelope, from.one(), from.flag(), from.many(Known.LONGS));
          case "A1" -> new Accept(envelope, from.one(), from.many(Bucket.LONGS));
          case "W1" -> new Write(envelope, from.one(), from.many(Bucket.LONGS));
          case "a1" -> new Ack(envelope, from.one(), from.flag(), from.many(1), from.many(1));
          case "D1" ->
              new Digests(
                  envelope,
                  from.one(),
                  from.one(),
                  from.upTo(SessionStore.GROUPS),
                  from.exactly(SessionStore.GROUPS));
          case "d1" -> differences(envelope, from);
          case "X1" ->
              new Buckets(
                  envelope,
                  from.one(),
                  from.flag(),
                  from.indexes(SessionStore.BUCKETS),
                  from.many(Bucket.LONGS));
          default -> throw new NotSerializableException("unknown kind of message " + kind);
        };
    from.end();
    return message;
  }

  private static Differences differences(Envelope envelope, Longs.Reader from)
      throws NotSerializableException {
    long comparison = from.one();
    boolean comparable = from.flag();
    boolean granted = from.flag();
    long next = from.upTo(SessionStore.GROUPS);
    long[] groups = from.indexes(SessionStore.GROUPS);
    long[] digests = from.exactly(groups.length * SessionStore.GROUP_SIZE);
    long[] undecided = from.many(Bucket.LONGS);
    return new Differences(
        envelope, comparison, comparable, granted, next, groups, digests, undecided);
  }
}
