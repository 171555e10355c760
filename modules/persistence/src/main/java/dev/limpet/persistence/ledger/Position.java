package dev.limpet.persistence.ledger;

/**
 * The place of a change in the order that is the same at all nodes.
 *
 * @param id decides between changes that two nodes made at the same time
 */
public record Position(long version, String id) implements Comparable<Position> {

  public static final Position FIRST = new Position(0, "");

  @Override
  public int compareTo(Position other) {
    int order = Long.compare(version, other.version);
    return order != 0 ? order : id.compareTo(other.id);
  }
}
