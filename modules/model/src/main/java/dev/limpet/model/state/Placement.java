package dev.limpet.model.state;

import dev.limpet.model.settings.ServerId;

/**
 * The server that a session is bound to.
 *
 * @param server hash of the server's {@link ServerId}
 * @param version hybrid-clock time of the decision; of two placements of a session the one with the
 *     higher version holds. 0 is a session's first placement, made without the cluster
 */
public record Placement(long server, long version) {

  /** Of a session that has none: {@link ServerId#hash} is never 0, versions are above 0. */
  public static final Placement NONE = new Placement(0, -1);
}
