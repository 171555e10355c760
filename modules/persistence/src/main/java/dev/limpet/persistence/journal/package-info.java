/**
 * A node's journal: an event-sourced ledger in SQLite or PostgreSQL, and what becomes of a damaged
 * one. Start with {@link dev.limpet.persistence.journal.Journal}.
 */
@NullMarked
package dev.limpet.persistence.journal;

import org.jspecify.annotations.NullMarked;
