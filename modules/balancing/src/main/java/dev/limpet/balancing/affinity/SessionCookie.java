package dev.limpet.balancing.affinity;

import dev.limpet.model.state.Placement;
import dev.limpet.model.state.SessionKey;

/**
 * The content of a session cookie.
 *
 * @param issuedAt seconds since 1970, by the clock of the node that made the cookie
 */
public record SessionCookie(SessionKey key, Placement placement, long issuedAt) {}
