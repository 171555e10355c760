/**
 * What the registries of nodes tell one another. Start with {@link
 * dev.limpet.persistence.peers.PeerMessage}.
 */
@NullMarked
package dev.limpet.persistence.peers;

import org.jspecify.annotations.NullMarked;
