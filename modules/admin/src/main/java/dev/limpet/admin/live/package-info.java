/**
 * The cluster's figures, from any node: each node makes a report of its own, and the one that is
 * asked merges those of all. Start with {@link dev.limpet.admin.live.LiveApi}.
 */
@NullMarked
package dev.limpet.admin.live;

import org.jspecify.annotations.NullMarked;
