package dev.limpet.admin.changes;

import akka.http.javadsl.model.StatusCodes;
import dev.limpet.admin.http.Problem;
import dev.limpet.model.changes.Change;
import dev.limpet.model.changes.ChangeRegistry;
import dev.limpet.model.changes.ChangeRegistry.Conflict;
import dev.limpet.model.changes.Draft;
import dev.limpet.model.changes.Edit;
import dev.limpet.model.changes.Overlay;
import dev.limpet.model.changes.SettingPath;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Takes changes back: one, or all of them. */
final class Reversals {

  static final String UNDO = History.ONE + "/undo";
  static final String DISCARD = History.ALL + "/discard";

  private Reversals() {}

  /** A change's tag is another one once it has been taken back. */
  static String tag(Change change, ChangeRegistry registry) {
    String undone = History.undone(registry.history()).get(change.id());
    return "\"" + change.id() + (undone == null ? "" : "." + undone) + "\"";
  }

  /**
   * Adds to a plan what takes a change back.
   *
   * @throws Conflict where somebody has changed the same again
   */
  static Operation.Answer undo(
      Change change, Optional<Tag.Match> match, ChangeRegistry registry, Plan plan) {
    if (match.isPresent() && !match.get().holds(tag(change, registry))) {
      throw new Problem(
              StatusCodes.PRECONDITION_FAILED,
              "change %s is not what If-Match is for: it has been undone since, or undone again"
                  .formatted(change.id()))
          .kind("stale", "It has been changed meanwhile");
    }
    Draft undoing = Draft.undoing(change, "", "", "");
    for (Draft.Expected expected : undoing.expected()) {
      plan.expect(expected);
    }
    for (Edit edit : undoing.edits()) {
      plan.edit(edit.path(), edit.value(), String.join("/", edit.path().parts()));
    }
    return new Operation.Answer(
        StatusCodes.CREATED,
        Optional.of(History.ALL + "/" + Answers.CHANGE),
        site -> Optional.empty(),
        site -> undone(change));
  }

  private static Map<String, Object> undone(Change change) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("undoes", change.id());
    body.put("summary", undoing(change));
    return body;
  }

  private static List<String> undoing(Change change) {
    return Sentences.of(
        change.steps().stream()
            .map(step -> new Change.Step(step.path(), step.before(), step.value()))
            .toList());
  }

  /** Adds to a plan what goes back to the file. */
  static Operation.Answer discard(Plan plan) {
    int discarded = 0;
    for (Map.Entry<SettingPath, Overlay.Value> set :
        List.copyOf(plan.site().overlay().values().entrySet())) {
      if (set.getValue().json() != null) {
        plan.edit(set.getKey(), null, String.join("/", set.getKey().parts()));
        discarded++;
      }
    }
    int count = discarded;
    return new Operation.Answer(
        StatusCodes.OK,
        Optional.empty(),
        site -> Optional.empty(),
        site -> Map.of("discarded", count));
  }
}
