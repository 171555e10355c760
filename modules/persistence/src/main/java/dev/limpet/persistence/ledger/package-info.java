/**
 * Changes as a set that nodes can merge, and as text. Pure. Start with {@link
 * dev.limpet.persistence.ledger.Ledger}.
 */
@NullMarked
package dev.limpet.persistence.ledger;

import org.jspecify.annotations.NullMarked;
