package dev.limpet.admin.events;

import dev.limpet.model.changes.Change;
import dev.limpet.model.changes.ChangeRegistry;
import dev.limpet.model.live.Event;
import dev.limpet.model.live.Figures;
import dev.limpet.model.state.LoopHealth;
import dev.limpet.model.state.Traffic;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Where a node's own events come from.
 *
 * @param name this node's
 * @param summary says what a change does, without its subject
 * @param loops how its event loops do
 * @param logDropped lines of the log that were never written, since the start
 * @param millis the cluster's time
 */
public record EventSources(
    String name,
    Supplier<Traffic> traffic,
    Supplier<Figures> figures,
    Supplier<LoopHealth> loops,
    LongSupplier logDropped,
    ChangeRegistry changes,
    Function<Change, String> summary,
    LongSupplier millis) {

  /** Whether this node has noticed it. */
  boolean isOf(Event event) {
    return event.node().equals(name);
  }
}
