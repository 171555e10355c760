/**
 * The part of the admin API that changes servers and routes while nodes run, and shows what was
 * changed. A request becomes a {@link dev.limpet.admin.changes.Plan}, whose outcome is looked at
 * before it is submitted. Start with {@link dev.limpet.admin.changes.ChangesApi}.
 */
@NullMarked
package dev.limpet.admin.changes;

import org.jspecify.annotations.NullMarked;
