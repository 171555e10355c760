package dev.limpet.persistence;

import dev.limpet.model.changes.Change;
import dev.limpet.model.changes.ChangeRegistry;
import dev.limpet.model.changes.Draft;
import dev.limpet.model.changes.Edit;
import dev.limpet.model.changes.Overlay;
import dev.limpet.persistence.ledger.ChangeText;
import dev.limpet.persistence.ledger.Entry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Makes changes of drafts. Versions are a hybrid logical clock, 48 bits of the cluster's time in
 * milliseconds and 16 bits that count within one: above all that this node has heard of.
 *
 * @param node this one's name
 * @param millis the cluster's time
 */
record Drafting(String node, LongSupplier millis) {

  /** Of a change's text, so that a message holds it. */
  static final int MOST_BYTES = 100_000;

  private static final int VERSION_COUNTER_BITS = 16;

  /**
   * @param now what all changes add up to so far
   * @param highest version of them
   * @throws ChangeRegistry.Conflict if something that is expected does not hold
   * @throws IllegalArgumentException if it is too large
   */
  Entry make(Draft draft, Overlay now, long highest) {
    for (Draft.Expected expected : draft.expected()) {
      if (now.version(expected.path()) != expected.version()) {
        throw new ChangeRegistry.Conflict(expected.path(), newest(now, expected));
      }
    }
    Entry entry = ChangeText.write(change(draft, now, highest));
    int bytes = entry.text().getBytes(StandardCharsets.UTF_8).length;
    if (bytes > MOST_BYTES) {
      throw new IllegalArgumentException(
          "a change of %d bytes; at most %d can be made at once".formatted(bytes, MOST_BYTES));
    }
    return entry;
  }

  private static String newest(Overlay overlay, Draft.Expected expected) {
    return overlay.within(expected.path()).values().stream()
        .max(Comparator.comparingLong(Overlay.Value::version))
        .map(Overlay.Value::change)
        .orElse("nobody");
  }

  private Change change(Draft draft, Overlay now, long highest) {
    long time = millis.getAsLong();
    long version = Math.max(highest + 1, time << VERSION_COUNTER_BITS);
    List<Change.Step> steps = new ArrayList<>();
    for (Edit edit : draft.edits()) {
      steps.add(new Change.Step(edit.path(), edit.value(), now.json(edit.path())));
    }
    return new Change(
        ChangeId.of(version),
        version,
        time,
        draft.who(),
        draft.from(),
        node,
        draft.comment(),
        draft.undoes(),
        List.copyOf(steps));
  }
}
