/**
 * Which nodes vote, and how that changes. Start with {@link dev.limpet.cluster.voters.Electorate}.
 */
@NullMarked
package dev.limpet.cluster.voters;

import org.jspecify.annotations.NullMarked;
