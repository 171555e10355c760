package dev.limpet.persistence.ledger;

import dev.limpet.model.changes.Change;
import dev.limpet.model.changes.Overlay;
import dev.limpet.model.changes.SettingPath;
import dev.limpet.model.state.SplitMix64;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * All changes that a node knows of: the newest of them one by one, and what all of them add up to.
 *
 * <p>For each path the value with the highest {@link Position} counts, so taking in changes and
 * values is commutative, associative and idempotent: nodes that have heard of the same are the
 * same, in whatever order they did. The history is the newest changes by the same order; what is
 * older lives on in the values only.
 *
 * <p>One thread at a time; {@link #history} may be read by any.
 */
public final class Ledger {

  /** So many parts the history is in when two nodes compare theirs. */
  public static final int PARTS = 256;

  private final int limit;
  private final ConcurrentSkipListMap<Position, Entry> history = new ConcurrentSkipListMap<>();
  private final Map<String, Position> positions = new HashMap<>();
  private final NavigableMap<SettingPath, Overlay.Value> values = new TreeMap<>();
  private Position horizon = Position.FIRST;
  private long valuesDigest;
  private long highest;

  /**
   * @param limit changes in the history, at least 1
   */
  public Ledger(int limit) {
    this.limit = limit;
  }

  /**
   * Takes in a change.
   *
   * @return whether anything is different now
   */
  public boolean add(Entry entry) {
    Change change = entry.change();
    if (positions.containsKey(change.id())) {
      return false;
    }
    boolean news = false;
    for (Change.Step step : change.steps()) {
      news |=
          add(
              step.path(),
              new Overlay.Value(step.value(), change.version(), change.id(), change.time()));
    }
    highest = Math.max(highest, change.version());
    Position position = entry.position();
    if (position.compareTo(horizon) <= 0) {
      return news;
    }
    history.put(position, entry);
    positions.put(change.id(), position);
    while (positions.size() > limit) {
      foldTo(history.firstKey());
    }
    return true;
  }

  /**
   * Takes in a value, of a change that is not in the history of the node that tells of it.
   *
   * @return whether anything is different now
   */
  public boolean add(SettingPath path, Overlay.Value value) {
    Overlay.Value before = values.get(path);
    if (before != null && positionOf(before).compareTo(positionOf(value)) >= 0) {
      return false;
    }
    valuesDigest -= before == null ? 0 : digest(path, before);
    valuesDigest += digest(path, value);
    values.put(path, value);
    highest = Math.max(highest, value.version());
    return true;
  }

  /** Takes in all that another one holds. */
  public void addAll(Ledger other) {
    other.values.forEach(this::add);
    foldTo(other.horizon);
    other.history.values().forEach(this::add);
  }

  /** Up to this one, changes live on in the values only. */
  public void foldTo(Position newHorizon) {
    if (newHorizon.compareTo(horizon) > 0) {
      horizon = newHorizon;
      history
          .headMap(newHorizon, true)
          .values()
          .removeIf(
              entry -> {
                positions.remove(entry.id());
                return true;
              });
    }
  }

  public boolean contains(String change) {
    return positions.containsKey(change);
  }

  /** Changes in the history. */
  public int size() {
    return positions.size();
  }

  /** The newest last. */
  public Collection<Entry> history() {
    return history.values();
  }

  /** These that are in the history, in any order. */
  public List<Entry> entries(Collection<String> changes) {
    List<Entry> found = new ArrayList<>();
    for (String change : changes) {
      Position position = positions.get(change);
      Entry entry = position == null ? null : history.get(position);
      if (entry != null) {
        found.add(entry);
      }
    }
    return found;
  }

  /** What all changes add up to; a copy. */
  public Overlay overlay() {
    return new Overlay(new TreeMap<>(values));
  }

  /** The newest change that is not in the history any more. */
  public Position horizon() {
    return horizon;
  }

  /** The highest version of all. */
  public long highest() {
    return highest;
  }

  /** Equal for nodes whose changes add up to the same. */
  public long valuesDigest() {
    return valuesDigest;
  }

  /** A digest of each part of the history that is behind a position. */
  public long[] digests(Position from) {
    long[] digests = new long[PARTS];
    for (Entry entry : history.tailMap(from, false).values()) {
      long hash = hash(entry.id());
      digests[partOf(hash)] += hash;
    }
    return digests;
  }

  /**
   * The ids of the changes behind a position that are in some parts.
   *
   * @param parts by their numbers
   */
  public List<String> ids(Position from, boolean[] parts) {
    List<String> ids = new ArrayList<>();
    for (Entry entry : history.tailMap(from, false).values()) {
      if (parts[partOf(hash(entry.id()))]) {
        ids.add(entry.id());
      }
    }
    return ids;
  }

  private static Position positionOf(Overlay.Value value) {
    return new Position(value.version(), value.change());
  }

  /** What a change has set does not change: its id stands for the value. */
  private static long digest(SettingPath path, Overlay.Value value) {
    long hash = hash(value.change());
    for (String part : path.parts()) {
      hash = SplitMix64.mix(hash ^ hash(part)) + SplitMix64.GOLDEN_GAMMA;
    }
    return hash;
  }

  private static int partOf(long hash) {
    return (int) (hash >>> 56);
  }

  private static long hash(String text) {
    long hash = SplitMix64.GOLDEN_GAMMA;
    for (int i = 0; i < text.length(); i++) {
      hash = SplitMix64.mix(hash ^ text.charAt(i));
    }
    return hash;
  }
}
