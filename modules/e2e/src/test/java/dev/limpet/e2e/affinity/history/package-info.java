/**
 * What a run has recorded, and the checker that holds the promises against it; knows nothing of
 * processes. Start with {@link dev.limpet.e2e.affinity.history.Checker}.
 */
@NullMarked
package dev.limpet.e2e.affinity.history;

import org.jspecify.annotations.NullMarked;
