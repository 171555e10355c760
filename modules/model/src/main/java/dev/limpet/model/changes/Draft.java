package dev.limpet.model.changes;

import java.util.List;
import java.util.Optional;

/**
 * A change that somebody asks for.
 *
 * @param comment may be empty
 * @param undoes the id of the change that this one takes back
 * @param edits at least one; all of them, or none
 * @param expected what must hold for it to be taken
 */
public record Draft(
    String who,
    String from,
    String comment,
    Optional<String> undoes,
    List<Edit> edits,
    List<Expected> expected) {

  /**
   * Nobody has changed this since.
   *
   * @param version the highest one at the path and below it, {@link Overlay#version}
   */
  public record Expected(SettingPath path, long version) {}

  /**
   * A draft that takes a change back, for as long as nobody has changed the same again.
   *
   * @param comment may be empty
   */
  public static Draft undoing(Change change, String who, String from, String comment) {
    return new Draft(
        who,
        from,
        comment,
        Optional.of(change.id()),
        change.steps().stream().map(step -> new Edit(step.path(), step.before())).toList(),
        change.steps().stream().map(step -> new Expected(step.path(), change.version())).toList());
  }
}
