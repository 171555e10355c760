package dev.limpet.persistence;

import dev.limpet.persistence.ledger.Entry;
import dev.limpet.persistence.ledger.Ledger;
import dev.limpet.persistence.ledger.LedgerText;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What of the ledger does not stand in the node's journal yet. What comes in while the disk writes
 * goes with the next write, all of it together. One thread at a time.
 */
final class Writing {

  /** Writes to the journal. */
  interface Journal {

    /**
     * @param values a ledger's text that goes with it
     * @param number what {@link #written} is called with once it is safe
     */
    void write(List<Entry> entries, Optional<String> values, long number);
  }

  private enum Progress {
    /** The journal has not been read yet. */
    UNREAD,
    IDLE,
    BUSY,
    /** It cannot be written for now. */
    BROKEN
  }

  private final Ledger ledger;
  private final Journal journal;
  private Progress progress = Progress.UNREAD;
  private boolean read;
  private Map<String, Entry> waiting = new LinkedHashMap<>();
  private Map<String, Entry> underWay = new LinkedHashMap<>();
  private boolean valuesWait;

  /** Whom to tell, by change, that it is written. */
  private final Map<String, Set<Long>> owed = new HashMap<>();

  private long number;

  Writing(Ledger ledger, Journal journal) {
    this.ledger = ledger;
    this.journal = journal;
  }

  /** Whether the journal has been read, or was found not to be readable. */
  boolean isRead() {
    return read;
  }

  /** Whether all that the ledger holds stands in the journal, or cannot for now. */
  boolean isSettled() {
    return progress == Progress.BROKEN || (progress == Progress.IDLE && waiting.isEmpty());
  }

  boolean isBroken() {
    return progress == Progress.BROKEN;
  }

  /** A change that is new in the ledger. */
  void add(Entry entry) {
    waiting.put(entry.id(), entry);
    flush();
  }

  /** Values that are new in the ledger, and no change's. */
  void addValues() {
    valuesWait = true;
    flush();
  }

  /** Whether a change of the ledger stands in the journal. */
  boolean isWritten(String change) {
    return (progress == Progress.IDLE || progress == Progress.BUSY)
        && !waiting.containsKey(change)
        && !underWay.containsKey(change);
  }

  /** A peer is to be told once a change is written. */
  void owe(String change, long peer) {
    if (progress != Progress.BROKEN) {
      owed.computeIfAbsent(change, id -> new HashSet<>()).add(peer);
    }
  }

  /**
   * The journal can be written.
   *
   * @param held what stands in it
   */
  void open(Ledger held) {
    read = true;
    progress = Progress.IDLE;
    underWay = new LinkedHashMap<>();
    waiting = new LinkedHashMap<>();
    for (Entry entry : ledger.history()) {
      if (!held.contains(entry.id())) {
        waiting.put(entry.id(), entry);
      }
    }
    valuesWait = ledger.valuesDigest() != held.valuesDigest();
    flush();
  }

  /** The journal cannot be written; once it can, all that it lacks is. */
  void fail() {
    read = true;
    progress = Progress.BROKEN;
    owed.clear();
  }

  /**
   * What was handed to the journal under this number is safe.
   *
   * @return the changes, each with the peers that are to be told
   */
  Map<String, Set<Long>> written(long written) {
    if (written != number || progress != Progress.BUSY) {
      return Map.of();
    }
    Map<String, Set<Long>> done = new LinkedHashMap<>();
    for (String change : underWay.keySet()) {
      Set<Long> peers = owed.remove(change);
      done.put(change, peers == null ? Set.of() : peers);
    }
    underWay = new LinkedHashMap<>();
    progress = Progress.IDLE;
    flush();
    return done;
  }

  private void flush() {
    if (progress != Progress.IDLE || (waiting.isEmpty() && !valuesWait)) {
      return;
    }
    progress = Progress.BUSY;
    underWay = waiting;
    waiting = new LinkedHashMap<>();
    Optional<String> values =
        valuesWait ? Optional.of(LedgerText.writeValues(ledger)) : Optional.empty();
    valuesWait = false;
    number++;
    journal.write(new ArrayList<>(underWay.values()), values, number);
  }
}
