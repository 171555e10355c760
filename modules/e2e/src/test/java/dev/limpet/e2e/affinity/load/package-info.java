/** Clients of all kinds that write down where they landed. */
@NullMarked
package dev.limpet.e2e.affinity.load;

import org.jspecify.annotations.NullMarked;
