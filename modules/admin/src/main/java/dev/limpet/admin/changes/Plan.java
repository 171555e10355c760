package dev.limpet.admin.changes;

import akka.http.javadsl.model.StatusCodes;
import com.fasterxml.jackson.databind.JsonNode;
import dev.limpet.admin.http.Problem;
import dev.limpet.admin.http.Problem.Wrong;
import dev.limpet.model.changes.ChangeRegistry.Conflict;
import dev.limpet.model.changes.Draft.Expected;
import dev.limpet.model.changes.Edit;
import dev.limpet.model.changes.Overlay;
import dev.limpet.model.changes.SettingPath;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The changes that one request asks for, in the making. Not safe for threads.
 *
 * <p>A later operation of a batch sees what the earlier ones will have done.
 */
final class Plan {

  private final Site before;
  private final long time;
  private final NavigableMap<SettingPath, Overlay.Value> laid;
  private final Site after;
  private final Map<SettingPath, String> fields = new LinkedHashMap<>();
  private final List<Expected> expected = new ArrayList<>();
  private final List<Wrong> wrong = new ArrayList<>();
  private boolean conditional;
  private String prefix = "";

  /**
   * @param before what there is
   * @param time the cluster's, in milliseconds
   */
  Plan(Site before, long time) {
    this.before = before;
    this.time = time;
    this.laid = new TreeMap<>(before.overlay().values());
    this.after = new Site(before.file(), new Overlay(laid), before.live(), before.active());
  }

  /** What comes next is an operation of a batch. */
  void operation(int index) {
    prefix = "operations[" + index + "].";
  }

  /** The fields that come next are part of this one. */
  void enter(String field) {
    prefix += field;
  }

  /** What there will be, as far as it is planned. */
  Site site() {
    return after;
  }

  /**
   * Sets a value.
   *
   * @param field the one of the request's fields that it comes from; may be empty
   * @param json null for what the file says
   */
  void edit(SettingPath path, @Nullable String json, String field) {
    laid.put(path, new Overlay.Value(json, Long.MAX_VALUE, "", time));
    fields.put(path, prefix + field);
  }

  void wrong(String field, String message, @Nullable JsonNode found) {
    wrong.add(new Wrong(prefix + field, message, found == null ? null : Json.shown(found)));
  }

  /** Nobody must have changed this since the request was looked at. */
  void expectUnchanged(SettingPath path) {
    expected.add(new Expected(path, before.overlay().version(path)));
  }

  /**
   * What somebody has written must stand there still.
   *
   * @throws Conflict where it does not
   */
  void expect(Expected state) {
    Overlay.Value newest = newest(state.path());
    if (newest != null && newest.version() != state.version()) {
      throw new Conflict(state.path(), newest.change());
    }
    expected.add(state);
  }

  private Overlay.@Nullable Value newest(SettingPath path) {
    return before.overlay().within(path).values().stream()
        .max(Comparator.comparingLong(Overlay.Value::version))
        .orElse(null);
  }

  /**
   * Holds the request to its If-Match.
   *
   * @param file what the file says there
   * @throws Stale where it is for something older
   */
  void expect(Optional<Tag.Match> match, SettingPath path, Object file) {
    if (match.isEmpty()) {
      return;
    }
    conditional = true;
    String tag = Tag.of(before.overlay(), path, file);
    if (!match.get().holds(tag)) {
      throw new Stale(path, tag, match.get());
    }
    if (!match.get().tags().isEmpty()) {
      expectUnchanged(path);
    }
  }

  /** Somebody has changed what a request is for since its sender looked at it. */
  static final class Stale extends RuntimeException {

    private static final long serialVersionUID = 1;

    final transient SettingPath path;
    final transient String tag;
    final transient Tag.Match match;

    Stale(SettingPath path, String tag, Tag.Match match) {
      super(path + " has been changed", null, false, false);
      this.path = path;
      this.tag = tag;
      this.match = match;
    }
  }

  /** Whether it came with an If-Match. */
  boolean isConditional() {
    return conditional;
  }

  boolean isEmpty() {
    return fields.isEmpty();
  }

  /** In the order of their paths. */
  List<Edit> edits() {
    return fields.keySet().stream()
        .sorted()
        .map(path -> new Edit(path, Objects.requireNonNull(laid.get(path)).json()))
        .toList();
  }

  List<Expected> expected() {
    return expected;
  }

  /**
   * @throws Problem that names all that is wrong
   */
  void throwIfWrong(Candidates.Outcome preview) {
    List<Wrong> all = new ArrayList<>(wrong);
    for (Candidates.Mistake mistake : preview.mistakes()) {
      String field = mistake.path().map(this::field).orElse("");
      add(
          all,
          new Wrong(field.isEmpty() ? mistake.key() : field, mistake.message(), found(mistake)));
    }
    for (Candidates.WithoutEffect none : preview.withoutEffect()) {
      if (none.change().isEmpty()) {
        add(all, new Wrong(field(none.path()), none.message(), null));
      }
    }
    if (!all.isEmpty()) {
      Wrong first = all.getFirst();
      String detail =
          all.size() == 1
              ? "%s: %s".formatted(first.field(), first.message())
              : all.size() + " values are wrong";
      throw new Problem(StatusCodes.UNPROCESSABLE_CONTENT, detail)
          .kind("invalid", "Wrong values")
          .with("errors", all);
    }
  }

  /** What is wrong with the request by itself. */
  List<Wrong> wrong() {
    return wrong;
  }

  /** Of a field only the first that is wrong with it. */
  private static void add(List<Wrong> all, Wrong next) {
    if (all.stream().noneMatch(other -> other.field().equals(next.field()))) {
      all.add(next);
    }
  }

  /** The request's field that has set a path, or something below it; empty if none has. */
  private String field(SettingPath path) {
    return fields.entrySet().stream()
        .filter(set -> set.getKey().isWithin(path))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse("");
  }

  private @Nullable Object found(Candidates.Mistake mistake) {
    return mistake
        .path()
        .filter(fields::containsKey)
        .map(laid::get)
        .map(Overlay.Value::json)
        .map(json -> Json.shown(Json.read(json)))
        .orElse(null);
  }
}
