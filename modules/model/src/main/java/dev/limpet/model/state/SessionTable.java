package dev.limpet.model.state;

import dev.limpet.model.settings.ServerId;
import dev.limpet.model.settings.Settings;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.LongPredicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The placements of the cluster's sessions, as far as no signed cookie says it: sessions that were
 * learned from applications, and cookie sessions that had to leave the server that their cookie
 * names.
 *
 * <p>All methods may be called from any thread and none of them waits. The stages never fail and
 * complete on any thread. Where no majority of the nodes answers, or not in time, they complete
 * with what this node makes of it by itself, which the others learn when they can (fail open).
 */
public interface SessionTable {

  /**
   * Looks a session up at this node only. A session that is found has been used: it lives on for
   * its time to live.
   *
   * @param ttl from now on; other nodes hear of it once a quarter of it has passed
   * @return null where this node does not know the session
   */
  @Nullable Placement find(SessionKey key, Duration ttl);

  /**
   * Whether what {@link #find} has just said of a session holds for the cluster: this node has
   * heard of every move that any client has been told of. Not so when it was cut off or frozen a
   * moment ago, and while a move of this session is being decided. That a session was not found
   * says only that it has not been moved; others may have bound it since.
   */
  boolean isCurrent(SessionKey key);

  /** Asks a majority of the nodes for a session, and keeps what they say. */
  CompletionStage<Optional<Placement>> ask(SessionKey key, Duration ttl);

  /**
   * Records where a session was begun whose id no client has seen yet. With quorum a majority holds
   * it before the stage completes, so it can be found at every node from then on.
   *
   * @param server hash of the server's {@link ServerId}
   * @param ttl how long the session lives after its last use
   */
  CompletionStage<Placement> bind(
      SessionKey key, long server, Duration ttl, Settings.Replicate replicate);

  /**
   * Places a session, or places it anew, once for the whole cluster: of all nodes that try it at
   * the same time one succeeds, and all are answered with the same placement.
   *
   * @param current the placement that cannot be used any more, {@link Placement#NONE} for a session
   *     that has none. If the cluster has a placement with a higher version that is usable, that
   *     one stands
   * @param usable whether a server that another node chose can be used, by its hash
   * @param choose gives the hash of the new server's {@link ServerId} for the key
   * @param ttl how long the cluster remembers after the last use; not shorter than any cookie that
   *     names the old server
   */
  CompletionStage<Placement> move(
      SessionKey key,
      Placement current,
      LongPredicate usable,
      ToLongFunction<SessionKey> choose,
      Duration ttl,
      Settings.Replicate replicate);
}
