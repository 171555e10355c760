/**
 * Changes of many operators while nodes, links and disks fail: {@code modules/e2e/check-changes}.
 * Start with {@link dev.limpet.e2e.changes.ChangesCheck}.
 */
@NullMarked
package dev.limpet.e2e.changes;

import org.jspecify.annotations.NullMarked;
