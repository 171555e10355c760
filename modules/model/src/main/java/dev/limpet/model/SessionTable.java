package dev.limpet.model;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.function.LongPredicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The sessions that the cluster agreed to place somewhere. Cookie sessions are here only once they
 * had to leave the server that their cookie names.
 */
public interface SessionTable {

  /**
   * What this node knows. Any thread; takes no lock and does not wait.
   *
   * @return null where the session is not in the table
   */
  @Nullable Placement lookup(SessionKey key);

  /**
   * Gives a session a new place, once for the whole cluster. With quorum it first reads the session
   * from a majority; if another node has placed it anew already (its version is above {@code
   * current}'s and {@code usable} accepts it), that place is returned and nothing is written.
   * Otherwise {@code current} is replaced by what {@code choose} answers, and a majority holds it
   * before the stage completes.
   *
   * <p>Never fails: without a majority, or when the cluster is too slow, the stage completes with
   * the place chosen here, which other nodes learn when they can (fail open).
   *
   * @param current the place that cannot be used any more
   * @param usable whether a place that another node chose can be used
   * @param choose gives the hash of the new server's {@link BackendId} for the key
   * @param ttl how long the cluster remembers; not shorter than any cookie that names the old place
   * @return completes on any thread
   */
  CompletionStage<Placement> move(
      SessionKey key,
      Placement current,
      LongPredicate usable,
      ToLongFunction<SessionKey> choose,
      Duration ttl,
      Settings.Replicate replicate);
}
