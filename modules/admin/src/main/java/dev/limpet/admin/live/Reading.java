package dev.limpet.admin.live;

import dev.limpet.model.live.Distribution;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Makes something of what a report may lack: one of another version, or of nobody's. */
final class Reading {

  private Reading() {}

  static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }

  static <T> List<T> orEmpty(@Nullable List<T> list) {
    return list == null ? List.of() : List.copyOf(list);
  }

  static Distribution orEmpty(@Nullable Distribution times) {
    return times == null ? Distribution.EMPTY : times;
  }

  /** Ordered by key; fails where it holds a null. */
  static Map<String, Long> orEmpty(@Nullable Map<String, Long> counts) {
    return counts == null ? Map.of() : new TreeMap<>(Map.copyOf(counts));
  }
}
