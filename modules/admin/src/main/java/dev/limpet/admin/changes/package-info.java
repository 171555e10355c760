/**
 * The part of the admin API that changes servers and routes while nodes run, and shows what was
 * changed. Start with {@link dev.limpet.admin.changes.Candidates}.
 */
@NullMarked
package dev.limpet.admin.changes;

import org.jspecify.annotations.NullMarked;
