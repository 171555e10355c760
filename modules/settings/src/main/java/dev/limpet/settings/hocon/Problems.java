package dev.limpet.settings.hocon;

import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigOriginFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Collects the mistakes of one read, and knows which file and line to blame. */
public final class Problems {

  private static final Comparator<Problem> IN_ORDER =
      Comparator.comparing(Problem::file).thenComparingInt(Problem::line);
  private static final String ENVIRONMENT = "env var ";
  private static final String PROPERTIES = "system properties";

  private final String file;
  private final List<Problem> found = new ArrayList<>();
  private final List<Problem> warnings = new ArrayList<>();

  /**
   * @param file what to blame where an origin names no file
   */
  public Problems(String file) {
    this.file = file;
  }

  public void add(@Nullable ConfigOrigin origin, String key, String message) {
    found.add(problem(origin, key, message));
  }

  /** In a file as it was found, which need not be as it was named. */
  public void add(Path at, int line, String key, String message) {
    found.add(new Problem(named(at.toString()), line, key, message, Optional.empty()));
  }

  void warn(Path at, int line, String key, String message) {
    warnings.add(new Problem(named(at.toString()), line, key, message, Optional.empty()));
  }

  void warn(@Nullable ConfigOrigin origin, String key, String message) {
    warnings.add(problem(origin, key, message));
  }

  /** The warnings: what can be used and is hardly meant, in the order of the file. */
  public List<Problem> warnings() {
    warnings.sort(IN_ORDER);
    return List.copyOf(warnings);
  }

  public void throwIfAny() throws InvalidSettings {
    if (!found.isEmpty()) {
      found.sort(IN_ORDER);
      throw new InvalidSettings(found);
    }
  }

  /** A path that starts at the directory of the settings file. */
  Path besideTheFile(String path) {
    return Path.of(file).toAbsolutePath().resolveSibling(path).normalize();
  }

  ConfigOrigin theFile() {
    return ConfigOriginFactory.newFile(Path.of(file).toAbsolutePath().toString());
  }

  private Problem problem(@Nullable ConfigOrigin origin, String key, String message) {
    return new Problem(fileOf(origin), lineOf(origin), key, message, ChangeOrigin.path(origin));
  }

  private String fileOf(@Nullable ConfigOrigin origin) {
    if (origin == null) {
      return file;
    }
    String description = origin.description();
    if (description.startsWith(ENVIRONMENT)
        || description.startsWith(PROPERTIES)
        || ChangeOrigin.is(origin)) {
      return description;
    }
    String name = origin.filename();
    return name == null ? file : named(name);
  }

  /** As the operator would call it: beside the file that was named. */
  private String named(String found) {
    Path at = Path.of(found);
    Path main = Path.of(file);
    Path directory = main.toAbsolutePath().getParent();
    if (main.isAbsolute() || directory == null || !at.startsWith(directory)) {
      return found;
    }
    return main.resolveSibling(directory.relativize(at)).toString();
  }

  /** A value put together from several lines counts as being on its first. */
  static int lineOf(@Nullable ConfigOrigin origin) {
    return origin == null ? 0 : Math.max(0, origin.lineNumber());
  }
}
