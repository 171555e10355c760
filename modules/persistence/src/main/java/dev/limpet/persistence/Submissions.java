package dev.limpet.persistence;

import dev.limpet.model.changes.Change;
import dev.limpet.model.changes.ChangeRegistry.Outcome;
import dev.limpet.persistence.ledger.Entry;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Changes of this node whose callers wait to hear who has written them down. */
final class Submissions {

  /** By then a majority has, or is not there. */
  private static final long PATIENCE_NANOS = 3_000_000_000L;

  /** This node, beside the uids of others. */
  private static final long SELF = 0;

  private record Submission(
      Entry entry, CompletableFuture<Outcome> outcome, Set<Long> holders, long since) {

    Change change() {
      return entry.change();
    }
  }

  private final Map<String, Submission> waiting = new LinkedHashMap<>();

  void add(Entry entry, CompletableFuture<Outcome> outcome, long nanos) {
    waiting.put(entry.id(), new Submission(entry, outcome, new HashSet<>(), nanos));
  }

  void heldHere(String change, int majority) {
    held(change, SELF, majority);
  }

  /** A node has a change in its journal. */
  void held(String change, long peer, int majority) {
    Submission submission = waiting.get(change);
    if (submission == null) {
      return;
    }
    submission.holders().add(peer);
    if (submission.holders().size() >= majority) {
      waiting.remove(change);
      complete(submission, majority);
    }
  }

  /** Those that a peer has not said it has. */
  List<Entry> lackedBy(long peer) {
    List<Entry> lacked = new ArrayList<>();
    for (Submission submission : waiting.values()) {
      if (!submission.holders().contains(peer)) {
        lacked.add(submission.entry());
      }
    }
    return lacked;
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /**
   * Answers those who have waited for long enough.
   *
   * @param trouble why this node cannot write; empty if it can
   */
  void answerLate(int majority, String trouble, long nanos) {
    Iterator<Submission> all = waiting.values().iterator();
    while (all.hasNext()) {
      Submission submission = all.next();
      if (nanos - submission.since() < PATIENCE_NANOS) {
        return; // The others came later.
      }
      all.remove();
      if (submission.holders().isEmpty()) {
        submission
            .outcome()
            .completeExceptionally(
                new IllegalStateException(
                    "no node has written the change %s down, so it may be lost: %s"
                        .formatted(
                            submission.change().id(),
                            trouble.isEmpty() ? "the disk is too slow" : trouble)));
      } else {
        complete(submission, majority);
      }
    }
  }

  private static void complete(Submission submission, int majority) {
    submission
        .outcome()
        .complete(new Outcome(submission.change(), submission.holders().size(), majority));
  }
}
