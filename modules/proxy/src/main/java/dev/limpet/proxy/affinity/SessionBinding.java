package dev.limpet.proxy.affinity;

import dev.limpet.balancing.affinity.IdSource;
import dev.limpet.balancing.affinity.SessionKeys;
import dev.limpet.model.settings.AffinityRule;
import dev.limpet.model.state.Placement;
import dev.limpet.model.state.SessionKey;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** One id of a request's client, and where its session belongs. For the client's loop only. */
final class SessionBinding {

  private final IdSource source;
  private final SessionKey id;
  private Placement placement;
  private boolean resolved;
  private boolean away;

  /** The client's next id, in the order of the rules. */
  private @Nullable SessionBinding next;

  /**
   * @param placement what the id itself says, or {@link Placement#NONE}
   */
  SessionBinding(IdSource source, SessionKey id, Placement placement) {
    this.source = source;
    this.id = id;
    this.placement = placement;
  }

  AffinityRule rule() {
    return source.rule();
  }

  Duration ttl() {
    return source.rule().ttl();
  }

  SessionKey id() {
    return id;
  }

  /** The key by which the session table knows it. */
  SessionKey key() {
    return away ? SessionKeys.away(id) : id;
  }

  Placement placement() {
    return placement;
  }

  /** Where its session belongs is known, and the client may go there. */
  boolean isResolved() {
    return resolved;
  }

  boolean hasPlacement() {
    return !placement.equals(Placement.NONE);
  }

  boolean isAt(long server) {
    return resolved && placement.server() == server;
  }

  /** Whether this is about where the session is while it cannot be at home. */
  boolean isAway() {
    return away;
  }

  /** Whether its session has had to leave a server. */
  boolean hasLeft() {
    return !resolved && (away || hasPlacement());
  }

  @Nullable SessionBinding next() {
    return next;
  }

  void append(SessionBinding further) {
    SessionBinding last = this;
    while (last.next != null) {
      last = last.next;
    }
    last.next = further;
  }

  /** Hears of a placement; of two, the one with the higher version holds. */
  void hear(@Nullable Placement known) {
    if (known != null && known.version() > placement.version()) {
      placement = known;
    }
  }

  void resolve(Placement agreed) {
    placement = agreed;
    resolved = true;
  }

  /** Its placement is no good any more. */
  void leave() {
    resolved = false;
  }

  /** As {@link #leave}, but the placement remains the session's home. */
  void goAway() {
    resolved = false;
    away = true;
    placement = Placement.NONE;
  }
}
