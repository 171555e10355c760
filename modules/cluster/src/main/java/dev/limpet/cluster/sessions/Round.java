package dev.limpet.cluster.sessions;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One message to all nodes about some sessions, and who has answered it so far. */
final class Round {

  /** The same message for each node. */
  interface Message {
    Wire to(Wire.Envelope envelope, long round);

    static Message prepare(long ballot, List<Item> items) {
      long[] keys = new long[2 * items.size()];
      for (int i = 0; i < items.size(); i++) {
        keys[2 * i] = items.get(i).operation().key().high();
        keys[2 * i + 1] = items.get(i).operation().key().low();
      }
      return (envelope, round) -> new Wire.Prepare(envelope, round, ballot, keys);
    }

    static Message accept(List<Item> items) {
      long[] entries = Longs.joined(items.stream().map(Item::entry).toList());
      return (envelope, round) -> new Wire.Accept(envelope, round, entries);
    }

    static Message write(List<Item> items) {
      long[] entries = Longs.joined(items.stream().map(Item::entry).toList());
      return (envelope, round) -> new Wire.Write(envelope, round, entries);
    }
  }

  /**
   * One of a round's sessions.
   *
   * @param entry what is written or proposed; empty while it is only asked for
   */
  @SuppressWarnings("ArrayRecordComponent") // Nobody compares them.
  record Item(Operation operation, long[] entry) {}

  private final long number;
  private final long ballot;
  private final List<Item> items;
  private final Message message;
  private final boolean toAll;
  private final long deadline;
  private final Map<Long, Wire> votes = new HashMap<>();
  private final Map<Long, Wire> answers = new HashMap<>();

  /**
   * @param ballot of a Prepare
   * @param toAll whether those are to hear of it, too, whose votes do not count
   * @param deadline by {@link ClusterClock#nanos}
   */
  Round(long number, long ballot, List<Item> items, Message message, boolean toAll, long deadline) {
    this.number = number;
    this.ballot = ballot;
    this.items = items;
    this.message = message;
    this.toAll = toAll;
    this.deadline = deadline;
  }

  List<Item> items() {
    return items;
  }

  long ballot() {
    return ballot;
  }

  boolean isToAll() {
    return toAll;
  }

  Wire message(Wire.Envelope envelope) {
    return message.to(envelope, number);
  }

  boolean isOver(long now) {
    return now - deadline >= 0;
  }

  /** Of several answers of a node the newest counts. */
  void answer(long uid, boolean isVote, Wire reply) {
    answers.put(uid, reply);
    if (isVote) {
      votes.put(uid, reply);
    }
  }

  int voteCount() {
    return votes.size();
  }

  /**
   * Nodes that may answer clients without having heard of what is proposed, by what the voters say.
   */
  Set<Long> unaware() {
    Set<Long> unaware = holders();
    unaware.removeAll(answers.keySet());
    return unaware;
  }

  /** Nodes that may answer clients from their own tables, by what the voters say. */
  private Set<Long> holders() {
    Set<Long> holders = new HashSet<>();
    for (Wire vote : votes.values()) {
      if (vote instanceof Wire.Ack ack) {
        Arrays.stream(ack.leases()).forEach(holders::add);
      }
    }
    return holders;
  }

  /**
   * Whether a node that may answer clients has refused the proposal with this index: it has heard
   * of it, and will go on saying what held before.
   */
  boolean isRefusedByHolder(int index) {
    for (long holder : holders()) {
      Wire answer = answers.get(holder);
      if (answer != null && isRefused(answer, index)) {
        return true;
      }
    }
    return false;
  }

  /** How many nodes have accepted the proposal with this index. */
  int acceptances(int index) {
    int count = 0;
    for (Wire vote : votes.values()) {
      count += isRefused(vote, index) ? 0 : 1;
    }
    return count;
  }

  private static boolean isRefused(Wire answer, int index) {
    return answer instanceof Wire.Ack ack
        && Arrays.stream(ack.refused()).anyMatch(refusal -> refusal == index);
  }

  /**
   * The best that the votes say of the session with this index: a refusal, else the highest
   * version; null if nothing is known.
   */
  @Nullable Known best(int index) {
    Known best = null;
    for (Wire vote : votes.values()) {
      if (vote instanceof Wire.Promise promise) {
        Known known = Known.of(promise.known(), index);
        if (known.isRefused()) {
          return known;
        }
        best = known.tellsMoreThan(best) ? known : best;
      }
    }
    return best;
  }
}
