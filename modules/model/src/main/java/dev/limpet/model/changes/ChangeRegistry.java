package dev.limpet.model.changes;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * All changes, as this node has heard of them. Each node keeps them in a journal of its own and
 * tells the others. All methods may be called from any thread, and none of them waits.
 */
public interface ChangeRegistry {

  /**
   * The outcome of a change.
   *
   * @param held how many nodes have it in their journals, or 0 if none that has said so yet
   * @param majority how many of them make a majority of the nodes
   */
  record Outcome(Change change, int held, int majority) {

    /** Whether it outlives the loss of any minority of the nodes. */
    public boolean durable() {
      return held >= majority;
    }
  }

  /** The changes cannot be made: something else stands where it was expected that nothing does. */
  final class Conflict extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final String change;

    /**
     * @param change the id of the change that is in the way
     */
    public Conflict(SettingPath path, String change) {
      super(path + " has been changed meanwhile, by " + change, null, false, false);
      this.change = change;
    }

    /** The id of the change that is in the way. */
    public String change() {
      return change;
    }
  }

  /** What they add up to. */
  Overlay overlay();

  /**
   * Calls the listener with the current sum and then with newer ones, in order, on a thread of the
   * registry's; where many changes come in, not with each. The listener must not block.
   */
  void subscribe(Consumer<Overlay> listener);

  /**
   * Makes a change, writes it to this node's journal and tells the others.
   *
   * @return once a majority has it in their journals, or after some seconds; fails with a {@link
   *     Conflict} where what was expected does not hold, and with another exception, whose message
   *     is for operators, where no node could write it down
   */
  CompletionStage<Outcome> submit(Draft draft);

  /** The newest first; older ones than these are part of the overlay only. */
  List<Change> history();

  /** One of {@link #history}. */
  default Optional<Change> find(String id) {
    return history().stream().filter(change -> change.id().equals(id)).findFirst();
  }

  /** What keeps this node from writing changes down, in an operator's words; empty if nothing. */
  String trouble();
}
