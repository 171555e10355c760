package dev.limpet.balancing;

import dev.limpet.model.Placement;
import dev.limpet.model.SessionKey;

/**
 * What a session cookie says.
 *
 * @param issuedAt seconds since 1970, by the clock of the node that made the cookie
 */
public record SessionCookie(SessionKey key, Placement placement, long issuedAt) {}
