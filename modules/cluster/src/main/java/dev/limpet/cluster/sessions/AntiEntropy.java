package dev.limpet.cluster.sessions;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Compares this node's table with another's and brings both to the same state (anti-entropy): first
 * the digests of groups, then those of the buckets in groups that differ, then the buckets. A new
 * node gets its whole table this way, and a node that lost its lease what it missed. One comparison
 * at a time; only the replica's thread touches it.
 */
final class AntiEntropy {

  /** Told of what a comparison has come to. */
  interface Listener {
    /**
     * @param begunAt when the first question was sent
     * @param granted whether the peer, which holds the table, granted a lease when it got that. It
     *     tells of all that it had voted for by then, and nothing later is decided without this
     *     node
     * @param epoch in which the peer answered the first question
     */
    void onMerged(Peer peer, long begunAt, boolean granted, long epoch);
  }

  private static final int BUCKETS_PER_MESSAGE = 192;

  /** 160 KB. Where there are more, a message is about fewer buckets; the fullest has 1,604. */
  private static final int ENTRIES_PER_MESSAGE = 4_000;

  /** The digests of their buckets are 131 KB. */
  private static final int GROUPS_PER_MESSAGE = 64;

  /** 80 KB, in the same message. */
  private static final int UNDECIDED_PER_MESSAGE = 2_000;

  /** Messages under way at one time. */
  private static final int WINDOW = 4;

  /** Expiry is compared at steps, or no two tables would ever be equal. */
  private static final long EXPIRY_STEP_MILLIS = 8_192;

  @SuppressWarnings("ArrayRecordComponent") // Nobody compares them.
  private record Question(long[] buckets, long askedAt) {}

  private final Sessions sessions;
  private final Peers peers;
  private final Voter voter;
  private final Listener listener;
  private final Deque<Long> toExchange = new ArrayDeque<>();

  /** The questions under way, by the first bucket of each. */
  private final Map<Long, Question> exchanging = new HashMap<>();

  private @Nullable Peer peer;
  private boolean granted;
  private long epoch;
  private long comparison;
  private long begunAt;
  private long askedAt;
  private long expiredTo;
  private long next;
  private boolean answered;
  private boolean asksFirst;

  AntiEntropy(Sessions sessions, Peers peers, Voter voter, Listener listener) {
    this.sessions = sessions;
    this.peers = peers;
    this.voter = voter;
    this.listener = listener;
  }

  /** Drops what has expired, up to the last step. */
  void expire() {
    long step = sessions.clock().millis() / EXPIRY_STEP_MILLIS * EXPIRY_STEP_MILLIS;
    if (step != expiredTo) {
      expiredTo = step;
      sessions.store().expire(step);
    }
  }

  boolean isUnderWay(long now) {
    return peer != null && now - askedAt < Peer.LEASE_NANOS;
  }

  /** How far it has come, for an operator who waits. */
  String progress() {
    return peer == null
        ? ""
        : " (%d of %d buckets are left to compare with %s)"
            .formatted(toExchange.size(), SessionStore.BUCKETS, peer.address);
  }

  void begin(Peer with) {
    peer = with;
    begunAt = sessions.clock().nanos();
    ask(with, 0);
  }

  private void ask(Peer with, long from) {
    comparison++;
    asksFirst = from == 0;
    answered = false;
    toExchange.clear();
    exchanging.clear();
    expire();
    askedAt = sessions.clock().nanos();
    long[] groups = sessions.store().groupDigests();
    peers.send(with, envelope -> new Wire.Digests(envelope, comparison, expiredTo, from, groups));
  }

  /**
   * @param grants whether the peer has a lease from now on
   */
  void onDigests(Peer from, Wire.Digests theirs, boolean grants) {
    expire();
    long[] own = sessions.store().groupDigests();
    long end = endOfUndecided(theirs.from());
    long[] groups =
        LongStream.range(theirs.from(), end)
            .filter(group -> own[(int) group] != theirs.groups()[(int) group])
            .limit(GROUPS_PER_MESSAGE)
            .toArray();
    long next = groups.length < GROUPS_PER_MESSAGE ? end : groups[groups.length - 1] + 1;
    long[] undecided = sessions.acceptor().undecided(theirs.from(), next);
    long[] digests = new long[groups.length * SessionStore.GROUP_SIZE];
    for (int i = 0; i < groups.length; i++) {
      long[] ofGroup = sessions.store().digests((int) groups[i]);
      System.arraycopy(ofGroup, 0, digests, i * ofGroup.length, ofGroup.length);
    }
    boolean comparable = expiredTo == theirs.expiredTo();
    peers.send(
        from,
        envelope ->
            new Wire.Differences(
                envelope,
                theirs.comparison(),
                comparable,
                grants,
                next,
                groups,
                digests,
                undecided));
  }

  /** Up to which group a message can carry what is undecided. */
  private long endOfUndecided(long from) {
    long end = SessionStore.GROUPS;
    while (end > from + 1
        && sessions.acceptor().undecided(from, end).length > UNDECIDED_PER_MESSAGE * Bucket.LONGS) {
      end = (from + end) / 2;
    }
    return end;
  }

  void onDifferences(Peer from, Wire.Differences theirs) {
    if (from != peer || theirs.comparison() != comparison || answered) {
      return;
    }
    if (!theirs.comparable()) {
      peer = null;
      return;
    }
    answered = true;
    granted = asksFirst ? theirs.granted() : granted;
    epoch = asksFirst ? theirs.envelope().epoch() : epoch;
    next = theirs.next();
    sessions.acceptor().accept(theirs.undecided(), sessions.clock().millis());
    for (int i = 0; i < theirs.groups().length; i++) {
      int group = (int) theirs.groups()[i];
      long[] own = sessions.store().digests(group);
      for (int j = 0; j < own.length; j++) {
        if (own[j] != theirs.digests()[i * SessionStore.GROUP_SIZE + j]) {
          toExchange.add((long) group * SessionStore.GROUP_SIZE + j);
        }
      }
    }
    goOn();
  }

  void onBuckets(Peer from, Wire.Buckets theirs) {
    voter.learn(theirs.entries());
    if (theirs.reply()) {
      long[] buckets = Arrays.copyOf(theirs.buckets(), thatFit(theirs.buckets()));
      long[] entries = entries(buckets);
      peers.send(
          from,
          envelope -> new Wire.Buckets(envelope, theirs.comparison(), false, buckets, entries));
    } else if (from == peer && theirs.comparison() == comparison && theirs.buckets().length > 0) {
      Question question = exchanging.remove(theirs.buckets()[0]);
      if (question != null) {
        askedAt = question.askedAt;
        for (int i = theirs.buckets().length; i < question.buckets.length; i++) {
          toExchange.add(question.buckets[i]);
        }
        goOn();
      }
    }
  }

  private void goOn() {
    Peer with = peer;
    if (with == null) {
      return;
    }
    while (exchanging.size() < WINDOW && !toExchange.isEmpty()) {
      long[] some =
          toExchange.stream().limit(BUCKETS_PER_MESSAGE).mapToLong(Long::longValue).toArray();
      long[] buckets = Arrays.copyOf(some, thatFit(some));
      Arrays.stream(buckets).forEach(bucket -> toExchange.remove());
      long[] entries = entries(buckets);
      exchanging.put(buckets[0], new Question(buckets, sessions.clock().nanos()));
      peers.send(with, envelope -> new Wire.Buckets(envelope, comparison, true, buckets, entries));
    }
    if (exchanging.isEmpty() && next < SessionStore.GROUPS) {
      ask(with, next);
    } else if (exchanging.isEmpty()) {
      peer = null;
      listener.onMerged(with, begunAt, granted, epoch);
    }
  }

  /** Of how many of these buckets, from the first on, a message can carry the entries. */
  private int thatFit(long[] numbers) {
    int longs = 0;
    for (int i = 0; i < numbers.length; i++) {
      longs += sessions.store().bucket((int) numbers[i]).length;
      if (longs > ENTRIES_PER_MESSAGE * Bucket.LONGS) {
        return Math.max(1, i);
      }
    }
    return numbers.length;
  }

  private long[] entries(long[] numbers) {
    long[][] buckets = new long[numbers.length][];
    int length = 0;
    for (int i = 0; i < numbers.length; i++) {
      buckets[i] = sessions.store().bucket((int) numbers[i]);
      length += buckets[i].length;
    }
    long[] entries = new long[length];
    int at = 0;
    for (long[] bucket : buckets) {
      System.arraycopy(bucket, 0, entries, at, bucket.length);
      at += bucket.length;
    }
    return entries;
  }
}
