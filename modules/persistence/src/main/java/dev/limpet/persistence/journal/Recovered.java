package dev.limpet.persistence.journal;

import com.fasterxml.jackson.databind.JsonNode;
import dev.limpet.persistence.ledger.ChangeText;
import dev.limpet.persistence.ledger.Ledger;
import dev.limpet.persistence.ledger.LedgerText;
import java.util.ArrayList;
import java.util.List;

/**
 * A ledger that is made of a journal's entries.
 *
 * @param unreadable what could not be read of them, in an operator's words
 */
public record Recovered(Ledger ledger, List<String> unreadable) {

  static Recovered nothing(int history) {
    return new Recovered(new Ledger(history), new ArrayList<>());
  }

  /** Takes in an entry; one that makes no sense is remembered and passed over. */
  void apply(JournalEvent event) {
    try {
      switch (event) {
        case JournalEvent.Changes(JsonNode changes) -> changes.forEach(this::applyChange);
        case JournalEvent.Values(String text) -> LedgerText.readInto(ledger, text);
        case JournalEvent.Snapshot(String text) -> LedgerText.readInto(ledger, text);
        case JournalEvent.Unreadable(String why) -> unreadable.add(why);
      }
    } catch (IllegalArgumentException e) {
      unreadable.add("an entry with " + e.getMessage());
    }
  }

  /** Takes in a copy of what another one holds. */
  void add(Recovered other) {
    ledger.addAll(other.ledger);
    unreadable.addAll(other.unreadable);
  }

  private void applyChange(JsonNode json) {
    try {
      ledger.add(ChangeText.read(json));
    } catch (IllegalArgumentException e) {
      unreadable.add("a change: " + e.getMessage());
    }
  }
}
