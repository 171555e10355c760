package dev.limpet.model.changes;

import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The sum of all changes, which lies over the settings file: for each path the value that was set
 * last. The same at every node that has heard of the same changes, in whatever order.
 *
 * @param values also of paths that are back to what the file says: that, too, is a value
 */
public record Overlay(NavigableMap<SettingPath, Value> values) {

  public static final Overlay EMPTY = new Overlay(Collections.emptyNavigableMap());

  /**
   * What a path has been set to.
   *
   * @param json null for what the settings file says
   * @param version of the change
   * @param change its id; empty where it is not made yet
   * @param time when it was made, by the cluster's time in milliseconds
   */
  public record Value(@Nullable String json, long version, String change, long time) {}

  public Overlay {
    values = Collections.unmodifiableNavigableMap(values);
  }

  /** The value at a path as JSON; null for what the settings file says. */
  public @Nullable String json(SettingPath path) {
    Value value = values.get(path);
    return value == null ? null : value.json();
  }

  /** The path's own value and all below it, by their paths. */
  public SortedMap<SettingPath, Value> within(SettingPath path) {
    NavigableMap<SettingPath, Value> within = new TreeMap<>();
    for (var entry : values.tailMap(path, true).entrySet()) {
      if (!entry.getKey().isWithin(path)) {
        break;
      }
      within.put(entry.getKey(), entry.getValue());
    }
    return within;
  }

  /** The highest version of the path's own value and those below it; 0 where there is none. */
  public long version(SettingPath path) {
    return within(path).values().stream().mapToLong(Value::version).max().orElse(0);
  }

  /**
   * What this would become by a change that is made now.
   *
   * @param time the cluster's time in milliseconds
   */
  public Overlay with(List<Edit> edits, long time) {
    NavigableMap<SettingPath, Value> next = new TreeMap<>(values);
    for (Edit edit : edits) {
      next.put(edit.path(), new Value(edit.value(), Long.MAX_VALUE, "", time));
    }
    return new Overlay(next);
  }
}
