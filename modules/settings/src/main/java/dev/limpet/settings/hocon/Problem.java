package dev.limpet.settings.hocon;

import dev.limpet.model.changes.SettingPath;
import java.util.Optional;

/**
 * One mistake in a settings file.
 *
 * @param file the file as it was named, or the environment variable the value came from, or the
 *     change
 * @param line from 1; 0 where there is none, as for a missing file
 * @param key the full key, such as {@code limpet.hosts[0].names}; empty where none is to blame
 * @param message what is wrong and what was expected
 * @param changed what a change has set at run time, if that is to blame
 */
public record Problem(
    String file, int line, String key, String message, Optional<SettingPath> changed) {

  @Override
  public String toString() {
    String where = line > 0 ? file + ":" + line : file;
    return where + ": " + (key.isEmpty() ? "" : key + ": ") + message;
  }
}
