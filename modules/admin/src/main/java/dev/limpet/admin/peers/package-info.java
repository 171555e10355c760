/**
 * What the admin listeners of nodes tell one another. Start with {@link
 * dev.limpet.admin.peers.Post}.
 */
@NullMarked
package dev.limpet.admin.peers;

import org.jspecify.annotations.NullMarked;
