/** What goes wrong in a run, in an order that the seed decides. */
@NullMarked
package dev.limpet.e2e.affinity.faults;

import org.jspecify.annotations.NullMarked;
