package dev.limpet.cluster.sessions;

import dev.limpet.model.state.Placement;
import dev.limpet.model.state.SessionKey;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.LongPredicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** One wish of a request to the cluster, with the future of those who wait for the answer. */
sealed interface Operation extends Replica.Command {

  SessionKey key();

  long ttlMillis();

  CompletableFuture<?> answer();

  /** Completes it with what this node makes of it by itself. */
  void failOpen(Sessions sessions);

  /** Where is the session? */
  record Ask(SessionKey key, long ttlMillis, CompletableFuture<Optional<Placement>> answer)
      implements Operation {

    @Override
    public void failOpen(Sessions sessions) {
      answer.complete(Optional.ofNullable(sessions.find(key, Duration.ofMillis(ttlMillis))));
    }
  }

  /** The session is here. */
  record Bind(
      SessionKey key, long ttlMillis, Placement placement, CompletableFuture<Placement> answer)
      implements Operation {

    @Override
    public void failOpen(Sessions sessions) {
      sessions.learn(key, placement, ttlMillis);
      answer.complete(placement);
    }
  }

  /**
   * The session needs another placement.
   *
   * @param choose null only finds out which place holds, where one may have been accepted
   */
  record Move(
      SessionKey key,
      long ttlMillis,
      Placement current,
      LongPredicate usable,
      @Nullable ToLongFunction<SessionKey> choose,
      CompletableFuture<Placement> answer)
      implements Operation {

    /** Finds out which place holds, where one may have been accepted. */
    static Move toDecide(SessionKey key, long ttlMillis, CompletableFuture<Placement> answer) {
      return new Move(key, ttlMillis, Placement.NONE, _ -> true, null, answer);
    }

    /** Whether a placement that was found does instead of a new one. */
    boolean accepts(Placement found) {
      return choose == null || (found.version() > current.version() && usable.test(found.server()));
    }

    @Override
    public void failOpen(Sessions sessions) {
      byItself(sessions, chosen -> sessions.moveAlone(key, chosen));
    }

    /**
     * Completes it with what this node makes of it.
     *
     * @param keep gets the placement if it is a new one, before anybody else
     */
    void byItself(Sessions sessions, Consumer<Placement> keep) {
      Placement known = sessions.find(key, Duration.ofMillis(ttlMillis));
      if (known != null && accepts(known)) {
        answer.complete(known);
      } else if (choose == null) {
        answer.complete(Placement.NONE);
      } else {
        // Just above what it replaces, and so below whatever a majority decides meanwhile.
        long before = known == null ? 0 : known.version();
        long version = Math.max(0, Math.max(before, current.version())) + 1;
        Placement chosen = new Placement(choose.applyAsLong(key), version);
        keep.accept(chosen);
        answer.complete(chosen);
      }
    }
  }
}
