package dev.limpet.cluster.link;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;

/**
 * Which of the other nodes take messages of other kinds than {@link Link.Kind#CHANGES}. Those of
 * version 0.1.0 do not, and would count what they cannot read as an intruder's. So a node is asked
 * before it is sent the first one, in a way that they pass over: as a message about changes, of a
 * type that they do not know.
 */
final class Kinds {

  private static final byte[] QUESTION =
      "{\"type\":\"link-kinds?\"}".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] ANSWER =
      "{\"type\":\"link-kinds\"}".getBytes(StandardCharsets.US_ASCII);

  /** Messages that wait for one node's answer. */
  private static final int MOST_WAITING = 32;

  /** Delivers a message to a node. */
  interface Out {
    void send(long uid, byte kind, byte[] content);
  }

  private final Out out;
  private final Set<Long> known = new HashSet<>();
  private final Map<Long, Queue<LinkActor.Send>> waiting = new HashMap<>();

  Kinds(Out out) {
    this.out = out;
  }

  /** Sends to a node that is there, or has it wait until it is known that it may be sent. */
  void send(LinkActor.Send send) {
    if (send.kind() == Link.Kind.CHANGES.number() || known.contains(send.uid())) {
      out.send(send.uid(), send.kind(), send.message());
      return;
    }
    Queue<LinkActor.Send> queue = waiting.computeIfAbsent(send.uid(), uid -> new ArrayDeque<>());
    if (queue.size() == MOST_WAITING) {
      queue.remove();
    }
    queue.add(send);
    out.send(send.uid(), Link.Kind.CHANGES.number(), QUESTION);
  }

  /**
   * Looks at a message that has come from a node that is there.
   *
   * @return whether it was the question or the answer, and is nobody else's
   */
  boolean takes(Parcel parcel) {
    if (parcel.kind() != Link.Kind.CHANGES.number()) {
      knows(parcel.from());
      return false;
    }
    if (Arrays.equals(parcel.content(), QUESTION)) {
      out.send(parcel.from(), Link.Kind.CHANGES.number(), ANSWER);
    } else if (!Arrays.equals(parcel.content(), ANSWER)) {
      return false;
    }
    knows(parcel.from());
    return true;
  }

  private void knows(long uid) {
    known.add(uid);
    Collection<LinkActor.Send> sends = waiting.remove(uid);
    for (LinkActor.Send send : sends == null ? List.<LinkActor.Send>of() : sends) {
      out.send(uid, send.kind(), send.message());
    }
  }

  void forgetAllBut(Set<Long> uids) {
    known.retainAll(uids);
    waiting.keySet().retainAll(uids);
  }
}
