package dev.limpet.settings.hocon;

import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigOriginFactory;
import dev.limpet.model.changes.SettingPath;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The origin of values that come from a change that was made at run time, not from a file. */
public final class ChangeOrigin {

  private static final String MADE = "changed at run time";

  private ChangeOrigin() {}

  /**
   * @param path what the change has set
   * @param change its id; empty where it is not made yet
   */
  public static ConfigOrigin of(SettingPath path, String change) {
    // The library's origins have room for nothing else of ours than comments.
    return ConfigOriginFactory.newSimple(change.isEmpty() ? MADE : MADE + " (" + change + ")")
        .withComments(path.parts());
  }

  /** The change's id; empty where it is not made yet, and where the value comes from elsewhere. */
  public static String change(ConfigOrigin origin) {
    String description = origin.description();
    return is(origin) && description.endsWith(")")
        ? description.substring(MADE.length() + 2, description.length() - 1)
        : "";
  }

  static boolean is(ConfigOrigin origin) {
    return origin.description().startsWith(MADE);
  }

  /** What a change has set there; empty where the value comes from elsewhere. */
  static Optional<SettingPath> path(@Nullable ConfigOrigin origin) {
    return origin != null && is(origin)
        ? Optional.of(new SettingPath(origin.comments()))
        : Optional.empty();
  }
}
