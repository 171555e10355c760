/**
 * The figures of one node: what it has counted and timed since its start, as those read it who show
 * it to people. Start with {@link dev.limpet.model.live.Figures}.
 */
@NullMarked
package dev.limpet.model.live;

import org.jspecify.annotations.NullMarked;
