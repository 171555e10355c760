package dev.limpet.cluster.sessions;

import dev.limpet.cluster.voters.Electorate;
import java.io.NotSerializableException;
import java.util.List;
import java.util.stream.Stream;

/**
 * The messages between the nodes' replicas. As bytes each is a row of longs ({@link Longs}); the
 * number of the kind carries the version of its format, and a node refuses what it does not know.
 * Where the settings say who votes, messages are those of version 1, without what they need not
 * say.
 */
@SuppressWarnings("ArrayRecordComponent") // Nobody compares them.
sealed interface Wire extends Replica.Command {

  /** More than there ever are: one more than settings allow. */
  int MOST_VOTERS = 16;

  int LONGEST_ID = 512;

  /**
   * @param from the sender's {@code UniqueAddress.longUid}, which changes when a node restarts
   * @param to the addressee's, so that a node does not take what was meant for the one before it
   * @param epoch of the {@link Electorate} that the sender knows; 0 while it knows none
   */
  record Envelope(long from, long to, long epoch) {

    private boolean isFixed() {
      return epoch == Electorate.FIXED;
    }
  }

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
   * @param settled whether the sender knows all that former voters have decided ({@link Elections})
   * @param leaving whether it is about to stop
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
      boolean granted,
      boolean settled,
      boolean leaving)
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

  /** What an {@link Election} is about. */
  enum Step {
    /** Promise me not to heed older ballots. */
    PREPARE(0),
    /** Promised; this was accepted before. */
    PROMISE(1),
    /** Accept these voters. */
    ACCEPT(2),
    ACCEPTED(3),
    /** These are the voters, and the envelope's epoch is theirs. */
    ELECTED(4);

    private final int code;

    Step(int code) {
      this.code = code;
    }

    private static Step of(long code) {
      return Stream.of(values()).filter(step -> step.code == code).findFirst().orElseThrow();
    }
  }

  /**
   * About the successors of the voters of the envelope's epoch.
   *
   * @param accepted with PROMISE, the ballot of the voters that were accepted, 0 if none were
   */
  record Election(Envelope envelope, Step step, long ballot, long accepted, List<String> voters)
      implements Wire {}

  /** The kind's number, which goes with the bytes. */
  static String kind(Wire message) {
    String kind =
        switch (message) {
          case Heartbeat m -> "H";
          case Prepare m -> "P";
          case Promise m -> "p";
          case Accept m -> "A";
          case Write m -> "W";
          case Ack m -> "a";
          case Digests m -> "D";
          case Differences m -> "d";
          case Buckets m -> "X";
          case Election m -> "E";
        };
    return kind + (message.envelope().isFixed() ? '1' : '2');
  }

  static byte[] toBytes(Wire message) {
    Longs.Writer to = new Longs.Writer();
    boolean isFixed = message.envelope().isFixed();
    to.put(message.envelope().from()).put(message.envelope().to());
    if (!isFixed) {
      to.put(message.envelope().epoch());
    }
    switch (message) {
      case Heartbeat m -> {
        to.put(m.sentNanos)
            .put(m.millis)
            .put(m.agreed)
            .put(m.synced)
            .put(m.caughtUp)
            .put(m.suspects)
            .put(m.echo)
            .put(m.heldNanos)
            .put(m.granted);
        if (!isFixed) {
          to.put(m.settled).put(m.leaving);
        }
      }
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
      case Election m -> to.put(m.step.code).put(m.ballot).put(m.accepted).put(m.voters);
    }
    return to.toBytes();
  }

  /**
   * @throws NotSerializableException if the bytes are no message of this kind
   */
  static Wire fromBytes(String kind, byte[] bytes) throws NotSerializableException {
    Longs.Reader from = new Longs.Reader(kind, bytes);
    boolean isFixed = kind.endsWith("1");
    Envelope envelope =
        new Envelope(from.one(), from.one(), isFixed ? Electorate.FIXED : from.one());
    Wire message =
        switch (kind) {
          case "H1", "H2" ->
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
                  from.flag(),
                  !isFixed && from.flag(),
                  !isFixed && from.flag());
          case "P1", "P2" -> new Prepare(envelope, from.one(), from.one(), from.many(2));
          case "p1", "p2" -> new Promise(envelope, from.one(), from.flag(), from.many(Known.LONGS));
          case "A1", "A2" -> new Accept(envelope, from.one(), from.many(Bucket.LONGS));
          case "W1", "W2" -> new Write(envelope, from.one(), from.many(Bucket.LONGS));
          case "a1", "a2" -> new Ack(envelope, from.one(), from.flag(), from.many(1), from.many(1));
          case "D1", "D2" ->
              new Digests(
                  envelope,
                  from.one(),
                  from.one(),
                  from.upTo(SessionStore.GROUPS),
                  from.exactly(SessionStore.GROUPS));
          case "d1", "d2" -> differences(envelope, from);
          case "X1", "X2" ->
              new Buckets(
                  envelope,
                  from.one(),
                  from.flag(),
                  from.indexes(SessionStore.BUCKETS),
                  from.many(Bucket.LONGS));
          case "E2" ->
              new Election(
                  envelope,
                  Step.of(from.upTo(Step.ELECTED.code)),
                  from.one(),
                  from.one(),
                  from.texts(MOST_VOTERS, LONGEST_ID));
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
