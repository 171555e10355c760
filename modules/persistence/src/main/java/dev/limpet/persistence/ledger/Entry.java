package dev.limpet.persistence.ledger;

import dev.limpet.model.changes.Change;

/**
 * A change together with the text in which it was made. The text is what goes into journals and to
 * other nodes: what a newer node has put into it and this one does not understand is not lost.
 */
public record Entry(Change change, String text) {

  public String id() {
    return change.id();
  }

  Position position() {
    return new Position(change.version(), change.id());
  }
}
