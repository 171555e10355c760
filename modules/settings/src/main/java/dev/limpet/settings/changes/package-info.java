/**
 * Tells two settings apart, for reloads: what has changed, in the words of {@code reference.conf},
 * and what of it takes a restart. Start with {@link dev.limpet.settings.changes.Changes}.
 */
@NullMarked
package dev.limpet.settings.changes;

import org.jspecify.annotations.NullMarked;
