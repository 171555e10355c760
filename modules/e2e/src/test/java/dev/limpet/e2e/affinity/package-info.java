/**
 * A checker of histories: clients record where they landed while a nemesis breaks things, and
 * afterwards the promises P1 to P4 are held against what they saw. Start with {@link
 * dev.limpet.e2e.affinity.Checker}, then {@link dev.limpet.e2e.affinity.AffinityCheck}, which runs
 * it.
 */
@NullMarked
package dev.limpet.e2e.affinity;

import org.jspecify.annotations.NullMarked;
