/**
 * Changes that operators make while nodes run: what one says, what all of them add up to, and the
 * port to where they are kept. Start with {@link ChangeRegistry}.
 */
@NullMarked
package dev.limpet.model.changes;

import org.jspecify.annotations.NullMarked;
