/**
 * Keeps the changes that operators make while nodes run: in a journal on each node, and the same at
 * all of them. Start with {@link dev.limpet.persistence.Registry}.
 */
@NullMarked
package dev.limpet.persistence;

import org.jspecify.annotations.NullMarked;
