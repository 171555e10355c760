package dev.limpet.persistence.journal;

import com.fasterxml.jackson.databind.JsonNode;

/** What stands in a journal, as text, and as it is in the database. */
public sealed interface JournalEvent {

  /**
   * Changes that this node has heard of, together.
   *
   * @param changes a list of them
   */
  record Changes(JsonNode changes) implements JournalEvent {}

  /**
   * What older changes add up to, which other nodes have told of.
   *
   * @param text a ledger's
   */
  record Values(String text) implements JournalEvent {}

  /**
   * An entry that this version cannot read.
   *
   * @param why in an operator's words
   */
  record Unreadable(String why) implements JournalEvent {}

  /**
   * A snapshot of the ledger.
   *
   * @param text a ledger's
   */
  record Snapshot(String text) implements JournalEvent {}
}
