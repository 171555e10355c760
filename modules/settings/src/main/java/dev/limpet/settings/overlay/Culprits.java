package dev.limpet.settings.overlay;

import dev.limpet.model.changes.Overlay;
import dev.limpet.model.changes.Overlay.Value;
import dev.limpet.model.changes.SettingPath;
import dev.limpet.settings.hocon.Problem;
import dev.limpet.settings.overlay.Laid.WithoutEffect;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Changes that are to blame for what is wrong with settings. The same at every node that has the
 * same file and the same changes.
 *
 * @param passedOver one for each problem of theirs
 * @param left the changes without them
 */
public record Culprits(List<PassedOver> passedOver, Overlay left) {

  /**
   * A change that cannot hold.
   *
   * @param path what it has set
   * @param change its id; empty where it is not made yet
   */
  public record PassedOver(SettingPath path, String change, Problem problem) {

    @Override
    public String toString() {
      return new WithoutEffect(path, change, problem.message()).toString();
    }
  }

  private static final Comparator<Map.Entry<SettingPath, Value>> BY_AGE =
      Comparator.comparingLong((Map.Entry<SettingPath, Value> given) -> given.getValue().version())
          .thenComparing(given -> given.getValue().change())
          .thenComparing(Map.Entry::getKey);

  /** Of each problem one; others may come to light once these are left out. */
  public static Culprits of(List<Problem> problems, Overlay overlay) {
    List<PassedOver> passedOver = new ArrayList<>();
    NavigableMap<SettingPath, Value> left = new TreeMap<>(overlay.values());
    for (Problem problem : problems) {
      problem
          .changed()
          .flatMap(blamed -> newest(blamed, new Overlay(left)))
          .ifPresent(
              given -> {
                left.remove(given.getKey());
                passedOver.add(new PassedOver(given.getKey(), given.getValue().change(), problem));
              });
    }
    return new Culprits(List.copyOf(passedOver), new Overlay(left));
  }

  /** The value at the path; or else the newest one below it, or around it. */
  private static Optional<Map.Entry<SettingPath, Value>> newest(
      SettingPath blamed, Overlay overlay) {
    for (int parts = blamed.parts().size(); parts > 2; parts--) {
      List<Map.Entry<SettingPath, Value>> within =
          overlay.within(new SettingPath(blamed.parts().subList(0, parts))).entrySet().stream()
              .filter(given -> given.getValue().json() != null)
              .toList();
      // Where servers are missing, it is for one that was removed or is a backup now.
      Optional<Map.Entry<SettingPath, Value>> found =
          within.stream()
              .filter(given -> takesAway(given.getKey(), given.getValue()))
              .max(BY_AGE)
              .or(() -> within.stream().max(BY_AGE));
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private static boolean takesAway(SettingPath path, Value value) {
    return path.parts().getLast().equals("backup")
        || (path.parts().getLast().equals("present") && "false".equals(value.json()));
  }
}
