@NullMarked
package dev.limpet.persistence.ledger;

import org.jspecify.annotations.NullMarked;
