package dev.limpet.settings;

import com.typesafe.config.ConfigOrigin;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects the mistakes of one read, and knows which file and line to blame. */
final class Problems {

  private static final String ENVIRONMENT = "env var ";
  private static final String PROPERTIES = "system properties";

  private final String file;
  private final List<Problem> found = new ArrayList<>();

  /**
   * @param file what to blame where an origin names no file
   */
  Problems(String file) {
    this.file = file;
  }

  void add(@Nullable ConfigOrigin origin, String key, String message) {
    found.add(new Problem(fileOf(origin), lineOf(origin), key, message));
  }

  void throwIfAny() throws InvalidSettings {
    if (!found.isEmpty()) {
      found.sort(Comparator.comparing(Problem::file).thenComparingInt(Problem::line));
      throw new InvalidSettings(found);
    }
  }

  private String fileOf(@Nullable ConfigOrigin origin) {
    if (origin == null) {
      return file;
    }
    String description = origin.description();
    if (description.startsWith(ENVIRONMENT) || description.startsWith(PROPERTIES)) {
      return description;
    }
    String name = origin.filename();
    return name == null ? file : name;
  }

  /** A value put together from several lines counts as being on its first. */
  static int lineOf(@Nullable ConfigOrigin origin) {
    return origin == null ? 0 : Math.max(0, origin.lineNumber());
  }
}
