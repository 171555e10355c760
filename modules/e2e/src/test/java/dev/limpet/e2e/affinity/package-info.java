/**
 * The program behind {@code modules/e2e/check-affinity}: clients record where they landed while a
 * nemesis breaks things, and afterwards the promises P1 to P4 are held against what they saw. Start
 * with {@link dev.limpet.e2e.affinity.AffinityCheck}.
 */
@NullMarked
package dev.limpet.e2e.affinity;

import org.jspecify.annotations.NullMarked;
